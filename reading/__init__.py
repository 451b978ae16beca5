"""Answers: a validated selection becomes a cached plan, the plan becomes rows, the rows become the answer's bytes."""
