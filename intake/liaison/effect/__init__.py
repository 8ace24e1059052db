"""Did it help? Referrals after a contact beside those that would have come anyway; never money, never by name."""
