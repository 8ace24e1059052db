"""Reports for somebody outside the practice: every page's figures as they may leave it."""
