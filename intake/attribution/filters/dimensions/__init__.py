"""What totals are broken down by. One file a family; a dimension is one object, listed in `registry`."""
