"""Work on several items at once, results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def work_ahead(
    items: Iterable[Item], work: Callable[[Item], Result], workers: int
) -> Generator[Result, None, None]:
    """Yield `work(item)` of every item, in order, while as many items as there are workers are worked on.

    Items are taken in this thread, one more than there are workers ahead of the result that is yielded, so
    that no more of them lie in memory. What `work` raises is raised here, and the items after it are let go.
    """
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[Result]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
