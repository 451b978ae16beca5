"""`python -m cli` is `estafet`.

Promise: the same command where the entry point is not installed.
Elsewhere: everything, `cli.main`.
"""

from cli.main import run

run()
