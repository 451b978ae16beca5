"""Tests of database: every one on a real PostgreSQL."""
