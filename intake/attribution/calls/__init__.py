"""What comes of calls: how many new-patient calls are booked, when, and why not."""
