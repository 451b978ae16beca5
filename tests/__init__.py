"""The suite mirrors the rooms, plus journeys/ (HTTP in, evidence out) and house/ (the house keeps its own rules)."""
