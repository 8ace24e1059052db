"""Programs that measure; each prints its figures as one JSON line last."""
