"""For a talk between physicians: slides and a sheet to leave behind, in the practice's words. No patient, no volume."""
