"""What was spent on a source, month by month, and what a new patient cost by it."""
