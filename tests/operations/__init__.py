"""Stories about what happens: acts on a real database, with real keys and envelopes."""
