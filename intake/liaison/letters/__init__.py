"""Letters, fax sheets and labels: words that the practice writes, filled in and set on paper."""
