"""Tests of the console's bundle."""
