"""Sums of the ledger by day and by month, so that a total costs the same however many answers there are.

`refresh` adds the ledger's newest rows to the rollups and moves their watermark; `reading` adds the rows after the
watermark to what the rollups say, so every figure is exact at the moment of reading.
"""
