"""Reading free text into mentions."""
