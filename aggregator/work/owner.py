"""Who holds a lease: the name of a process, and whether it still runs."""

import os
import socket
from pathlib import Path


def _started(pid: int) -> str:
    """When a process of this machine began, in its kernel's count; "" when there is none."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return ""
    return stat.rpartition(")")[2].split()[19]


def owner() -> str:
    """The name of this process in leases: a machine, a process, and when it began."""
    pid = os.getpid()
    return f"{socket.gethostname()}/{pid}/{_started(pid)}"


def is_alive(name: str) -> bool:
    """Does the holder of a lease still run? Of other machines nobody knows: their leases run
    out.
    """
    host, _, rest = name.rpartition("/")[0].rpartition("/")
    if host != socket.gethostname() or not rest.isdigit():
        return True
    return _started(int(rest)) == name.rpartition("/")[2] != ""
