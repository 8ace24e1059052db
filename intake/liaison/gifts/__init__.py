"""What referring physicians and patients are given: limits by date, what is left, the ledger. A record, no advice."""
