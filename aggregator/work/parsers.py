"""Reading documents in processes of their own, with limits; a document that exhausts its reader
costs the reader, and no other document (A8.10).
"""

import resource
import signal
from pathlib import Path
from typing import Final

import anyio
from anyio import to_process

from ..model import Failure, FailureKind
from ..pipeline.ports import RawDocument
from ..pipeline.reading import Reading, read_document

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
        async with self._free:
            try:
                with anyio.fail_after(self._cpu * _SLACK + _START_UP):
                    return await to_process.run_sync(
                        _read,
                        document,
                        self._cpu,
                        self._memory,
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


def _read(document: RawDocument, cpu_seconds: int, memory: int) -> Reading | Failure:
    """In the worker: set the limits, then read."""
    _limit(cpu_seconds, memory)
    return read_document(
        document.body, document.url, document.content_type, document.source, document.now
    )


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
