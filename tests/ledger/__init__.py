"""The evidence: laws, vectors, and logs with one defect each."""
