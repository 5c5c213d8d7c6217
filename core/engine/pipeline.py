"""Reading ahead and writing behind, so that files are hidden behind the computing; both are bounded."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from queue import Full, Queue
from types import TracebackType
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_POLL_SECONDS = 0.1


class _End:
    """Marks the end of a stream, with the error that ended it."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def read_ahead(items: Iterable[Item], ahead: int) -> Generator[Item, None, None]:
    """The same items, taken from their source by a thread of its own.

    Args:
        items: used by that thread alone.
        ahead: items that may wait; the thread pauses when they do.

    Raises:
        whatever the source raises, after the items before it. Closing this generator stops the thread.
    """
    waiting: Queue[Item | _End] = Queue(ahead)
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(items, waiting, stop), name="stfam-reader", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()


def looking_ahead(items: Iterable[Item], ahead: int) -> Iterator[tuple[Item, tuple[Item, ...]]]:
    """Every item with up to `ahead` of those after it.

    Raises:
        whatever the source raises, after the items before it.
    """
    held: deque[Item] = deque()
    source: Iterator[Item] | None = iter(items)
    error: Exception | None = None
    while True:
        while source is not None and len(held) <= ahead:
            try:
                held.append(next(source))
            except StopIteration:
                source = None
            except Exception as raised:  # comes in its turn
                source, error = None, raised
        if not held:
            break
        item = held.popleft()
        yield item, tuple(held)
    if error is not None:
        raise error


def _fill(items: Iterable[Item], waiting: Queue[Item | _End], stop: threading.Event) -> None:
    end = _End()
    try:
        for item in items:
            if not _offer(waiting, item, stop):
                return
    except BaseException as error:  # handed to the thread that consumes
        end = _End(error)
    _offer(waiting, end, stop)


def _offer(waiting: Queue[Item | _End], item: Item | _End, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            waiting.put(item, timeout=_POLL_SECONDS)
            return True
        except Full:
            continue
    return False


class WriteBehind(Generic[Result]):
    """Does pieces of work in order on one thread, a bounded number of them waiting.

    As a context manager it finishes what was submitted, also when the block ends with an error. The first piece that
    fails is the last one that is done: its error comes in its turn, and what was submitted after it is dropped.
    """

    def __init__(self, waiting: int) -> None:
        self._executor = ThreadPoolExecutor(1, "stfam-writer")
        self._pending: deque[Future[Result]] = deque()
        self._waiting = waiting
        self._failed = False

    def __enter__(self) -> WriteBehind[Result]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._executor.shutdown(wait=True)

    def submit(self, work: Callable[[], Result]) -> Iterator[Result]:
        """Hand in a piece of work; results of earlier ones that are done, or that there is no room for."""
        self._pending.append(self._executor.submit(self._do, work))
        while self._pending and (len(self._pending) > self._waiting or self._pending[0].done()):
            yield self._next()

    def results(self) -> Iterator[Result]:
        """Wait for the rest of the results."""
        while self._pending:
            yield self._next()

    def _do(self, work: Callable[[], Result]) -> Result:
        if self._failed:
            raise CancelledError
        try:
            return work()
        except BaseException:
            self._failed = True
            raise

    def _next(self) -> Result:
        try:
            return self._pending.popleft().result()
        except BaseException:
            self._pending.clear()
            raise
