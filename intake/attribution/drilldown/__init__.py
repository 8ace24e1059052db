"""The visits behind a figure: how many there are, and the newest of them a page at a time."""
