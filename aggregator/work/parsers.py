"""Reading documents in processes of their own, with limits; a document that exhausts its reader
costs the reader, and no other document (A8.10).
"""

import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple

import anyio
from anyio import to_process

from ..model import Failure, FailureKind, Fetched
from ..parse.page import Candidate, feeds_on_page
from ..pipeline.ports import RawDocument
from ..pipeline.reading import Reading, read_document

_T = TypeVar("_T")
_Given = TypeVarTuple("_Given")

_START_UP: Final = 10.0  # seconds for a new process to import what it needs
_SLACK: Final = 3.0  # a process may wait for its share of the machine


class Parsers:
    """A few worker processes; call it to read a document."""

    def __init__(self, count: int, cpu_seconds: float, memory: int) -> None:
        """`memory`: bytes a document may need on top of the reader itself."""
        self._cpu, self._memory = max(1, round(cpu_seconds)), memory
        self._free = anyio.CapacityLimiter(count)
        self._pool = anyio.CapacityLimiter(count)

    async def __call__(self, document: RawDocument) -> Reading | Failure:
        """Read a document. Raises nothing but cancellation."""
        return await self._within(_read, document)

    async def page(self, page: Fetched) -> list[Candidate] | Failure:
        """The feeds that a page names. Raises nothing but cancellation."""
        return await self._within(_read_page, page)

    async def _within(
        self, read: Callable[[int, int, *_Given], _T | Failure], *given: *_Given
    ) -> _T | Failure:
        async with self._free:
            try:
                with anyio.fail_after(self._cpu * _SLACK + _START_UP):
                    return await to_process.run_sync(
                        read,
                        self._cpu,
                        self._memory,
                        *given,
                        cancellable=True,
                        limiter=self._pool,
                    )
            except (TimeoutError, anyio.BrokenWorkerProcess, MemoryError):
                detail = (
                    f"refused: reading it took more than {self._cpu} s of CPU time or "
                    f"{self._memory >> 20} MiB of memory"
                )
                return Failure(FailureKind.HOSTILE, "parse", detail)
            except Exception as wrong:  # noqa: BLE001 - one document costs no other
                detail = f"cannot be read: {type(wrong).__name__}: {wrong}"[:500]
                return Failure(FailureKind.INTERNAL, "parse", detail)


_limited: list[bool] = []  # in a worker: that its limits are set


def _read(cpu_seconds: int, memory: int, document: RawDocument) -> Reading | Failure:
    """In the worker: set the limits, then read."""
    _limit(cpu_seconds, memory)
    return read_document(
        document.body, document.url, document.content_type, document.source, document.now
    )


def _read_page(cpu_seconds: int, memory: int, page: Fetched) -> list[Candidate] | Failure:
    _limit(cpu_seconds, memory)
    kind, links = page.headers.get("content-type", ""), page.headers.get("link", "")
    return feeds_on_page(page.body, page.url, kind, links)


def _limit(cpu_seconds: int, memory: int) -> None:
    if not _limited:
        _limited.append(True)
        # Ctrl-C is for the daemon, which ends its workers itself.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pages = Path("/proc/self/statm").read_text("ascii").split()[0]
        own = int(pages) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (own + memory, own + memory))
    used = resource.getrusage(resource.RUSAGE_SELF)
    until = int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
