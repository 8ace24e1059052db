"""Closing the loop: what became of each referral, and what its referrer is still owed."""
