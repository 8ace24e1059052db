"""Thanks to patients who send others, without a name that somebody asked us to keep."""
