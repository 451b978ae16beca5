"""Answers compared with graphql-core's own over the same rows in Python."""
