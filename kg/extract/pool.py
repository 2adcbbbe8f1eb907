"""Work on papers in batches: in this process, or in a pool of processes if there are many."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from itertools import chain, islice
from typing import TypeVar

from loky import BrokenProcessPool, ProcessPoolExecutor

from kg.errors import KgError
from kg.models import Paper

BATCH = 200  # papers handed to a process at once
IN_PROCESS = 400  # inputs smaller than this are not worth starting processes for

T = TypeVar("T")


def in_batches(work: Callable[[list[Paper]], T], papers: Iterable[Paper], workers: int | None = None) -> Iterator[T]:
    """Yield what `work` makes of every batch of `papers`, in their order; papers are read as results are taken.

    Args:
        work: is run in any process.
        papers: any number of them.
        workers: processes to use; one per core, at most eight, when None.  Inputs of fewer than 400 papers stay in
        this process.

    Raises:
        KgError: a process was killed.
    """
    stream = iter(papers)
    workers = workers or min(os.cpu_count() or 1, 8)
    head = list(islice(stream, IN_PROCESS))
    batches = _batches(chain(head, stream))
    if workers == 1 or len(head) < IN_PROCESS:
        yield from map(work, batches)
        return
    # Unlike the standard library's, these processes do not import the caller's script again, so it needs no guard.
    pool = ProcessPoolExecutor(workers)
    waiting: deque[Future[T]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(work, batch))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    except BrokenProcessPool as error:
        raise KgError("an extracting process was killed (too little memory?); try again with fewer workers") from error
    finally:
        pool.shutdown(wait=False, kill_workers=True)


def _batches(papers: Iterable[Paper]) -> Iterator[list[Paper]]:
    stream = iter(papers)
    while batch := list(islice(stream, BATCH)):
        yield batch
