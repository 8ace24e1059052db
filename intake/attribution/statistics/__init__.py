"""How sure a figure is. Plain arithmetic on plain numbers: no database, no pages, nothing beyond the standard library.

shares: intervals of shares and of their differences, and what non-response could hide.
counts: whether a count changed by more than luck, and by how much.
silence: physicians who send fewer than they did, or nobody any more.
mixes: whether the answers differ by who asked, or by which option was shown first.
money: what a new patient costs.
cells: figures too small to leave the practice, and those they could be worked out from.
"""
