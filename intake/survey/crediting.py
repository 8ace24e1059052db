"""Credit for sources, as pure arithmetic."""
