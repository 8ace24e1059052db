"""What is served and was made by others: fetched, checked, and reduced to what is used."""
