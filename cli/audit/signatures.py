"""All cores for what needs no past: chunks are examined by other processes, and come back in order.

Promise: the same examinations as one process would make, in the same order, with few chunks in memory at a time.
Rules: workers are fresh processes (spawn), which know nothing but the chunk they are sent; where a log is small, or
there is one core, no process is started at all.
Elsewhere: what is examined, `ledger.chunks`.
"""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from itertools import chain, islice
from typing import Final

from ledger import chunks
from ledger.chunks import Chunk, Examination

WORTH_IT: Final = 8  # chunks of 256 entries, below which starting processes takes longer than the work
AHEAD: Final = 4  # chunks in flight for each worker


def examining(several: Iterable[Chunk]) -> Iterator[Examination]:
    """Examine chunks, in order."""
    coming = iter(several)
    first = list(islice(coming, WORTH_IT))
    workers = cores()
    if len(first) < WORTH_IT or workers == 1:
        yield from map(chunks.examine, chain(first, coming))
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        flying: deque[Future[Examination]] = deque()
        for chunk in chain(first, coming):
            flying.append(pool.submit(chunks.examine, chunk))
            if len(flying) >= workers * AHEAD:
                yield flying.popleft().result()
        while flying:
            yield flying.popleft().result()


def cores() -> int:
    """The cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
