"""`flask totals verify`: ledger against answers, rollups against ledger, and their repair.

Deliberately not the code that writes them: what the ledger should hold is worked out from visits, asks and answers
themselves, and only the arithmetic of crediting is shared.
"""
