"""Stories about the public language."""
