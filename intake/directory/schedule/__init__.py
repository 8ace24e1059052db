"""The day's schedule as the practice's own system exports it: reading the file, planning, applying."""
