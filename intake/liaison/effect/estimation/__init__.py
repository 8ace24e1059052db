"""What contacts changed, on plain numbers: no database, no pages, nothing beyond the standard library.

referrers: what is known of each, and the spans that are named.
expectation: how many a referrer would send, shrunken towards the others.
lookalikes: those contacted beside others not yet contacted who looked alike.
drawn_order: those drawn first beside those drawn later.
estimates: an observed count beside the expected one, and when it may be called an effect.
"""
