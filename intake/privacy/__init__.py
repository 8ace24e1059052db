"""What is held of a person: where it lies, who saw it, giving it to them, keeping it no longer, erasing it."""
