"""Commands as a user gives them: in this process, or in one of their own."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from aggregator.cli import main

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    code: int
    out: str
    err: str


def aggregator(
    *args: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Said:
    """Run a command in this process."""
    monkeypatch.setattr(sys, "argv", ["aggregator", *args])
    monkeypatch.setenv("COLUMNS", "200")
    capsys.readouterr()
    try:
        main()
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    captured = capsys.readouterr()
    return Said(code, captured.out, captured.err)


def environment() -> dict[str, str]:
    """For a process of its own: this program, which may keep its compiled form for the next."""
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": str(ROOT)}


class Daemon:
    """A command that goes on, in a process of its own."""

    def __init__(self, folder: pathlib.Path, *args: str) -> None:
        self.port = free_port()
        self.log = folder / f"log-{self.port}.txt"
        self.file = self.log.open("w")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "--log", "json", *args,
             "--listen", f"127.0.0.1:{self.port}"],
            cwd=folder, stdout=self.file, stderr=self.file,
            env=environment(),
        )  # fmt: skip

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            body: bytes = response.read()
            return body

    def wait_for(self, path: str, part: str, seconds: float = 30) -> bytes:
        """The body at a path, once it holds the part."""
        until = time.monotonic() + seconds
        body = b""
        while time.monotonic() < until:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                body = self.get(path)
                if part.encode() in body:
                    return body
            time.sleep(0.1)
        raise AssertionError(f"{part!r} not at {path}: {body!r}\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text()

    def wait_to_say(self, part: str, seconds: float = 20) -> str:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if part in (said := self.said()):
                return said
            time.sleep(0.1)
        raise AssertionError(f"{part!r} was not said:\n{self.said()}")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.file.close()
        return code


@contextlib.contextmanager
def daemon(folder: pathlib.Path, *args: str) -> Iterator[Daemon]:
    running = Daemon(folder, *args)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait(10)
        running.file.close()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port
