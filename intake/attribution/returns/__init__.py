"""Who comes again, by what first led them here, and what brings people back after a year."""
