"""The demo's own world: ten provinces, their keys and clients, and people who do not exist.

Promise: everything that a demo shows was made here, by the same operations and with the same signatures as real acts.
Rules: nobody here resembles anybody: every surname says "example" in Indonesian, every NIK begins with a region that
does not exist. A demo touches only a database and a folder that a demo made.
Elsewhere: the guards at start, `cli.serving`; the story in the terminal, `cli.stories`.
"""
