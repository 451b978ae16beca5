"""Measurements: how long whole commands take and how much memory they need, on logs that are made here.

Promise: what is compared is run side by side in one run, and told with its spread; nothing of this is shipped.
Rules: ratios are quoted, not seconds: machines differ. A log is made once for its parameters and kept in a folder that
the caller names.
Elsewhere: the figures and how to repeat them, `docs/benchmarks.md`.
"""
