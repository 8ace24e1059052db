"""Relationships with the physicians, practices and patients who send new patients."""
