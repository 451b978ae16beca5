"""Those who are measured beside each other: each a small service of its own on the same tables.

Promise: nobody here is written to lose. Each runs as its own manual says that it should in production, in one process,
with as many connections, over the same rows under the same row security, and answers with the same data.
Elsewhere: what they are asked, `benchmarks.questions`; how they are started, `benchmarks.entrants`.
"""
