"""What all tests share: real databases, values to build with, a hostile origin, a clock."""

import contextlib
import datetime as dt
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, settings

from aggregator.store import SqlStore

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"
NOBODY = 65534

settings.register_profile(
    "suite",
    deadline=None,  # a shared machine is slow when it pleases
    max_examples=50,
    derandomize="CI" in os.environ,  # no landing is refused by chance: searching is for developers
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("suite")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was not tried here, and why: a line for each reason."""
    reasons = Counter(report.longrepr[2] for report in terminalreporter.stats.get("skipped", ()))
    for reason, times in reasons.items():
        terminalreporter.write_line(f"{times} skipped: {reason.removeprefix('Skipped: ')}")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the developer's reaches a test."""
    for name in os.environ:
        if name.startswith("AGGREGATOR_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command run in a test leaves its log, and the stream it writes to, behind."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def now() -> dt.datetime:
    """A Sunday noon."""
    return dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, moment: dt.datetime) -> None:
        self.moment = moment

    def __call__(self) -> dt.datetime:
        return self.moment

    def forward(self, **length: float) -> dt.datetime:
        self.moment += dt.timedelta(**length)
        return self.moment


@pytest.fixture
def clock(now: dt.datetime) -> Clock:
    return Clock(now)


# --- PostgreSQL: TEST_DATABASE_URL, else Debian's binaries, else skipped; in CI it must be there


def _binaries() -> pathlib.Path | None:
    found = sorted(
        pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda p: int(p.parts[-3])
    )
    if found:
        return found[-1].parent
    installed = shutil.which("initdb")
    return pathlib.Path(installed).resolve().parent if installed else None


@contextlib.contextmanager
def _server(binaries: pathlib.Path) -> Iterator[str]:
    """A fresh, forgetful server on loopback; its URL."""
    folder = tempfile.mkdtemp(prefix="pg")
    demote: dict[str, Any] = {}
    if os.geteuid() == 0:  # postgres refuses to run as root
        os.chown(folder, NOBODY, NOBODY)
        demote = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    quiet: dict[str, Any] = {
        "cwd": folder,
        "env": {**os.environ, "HOME": folder, "LC_ALL": "C"},
        "stdout": subprocess.DEVNULL,
        **demote,
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        initdb = [str(binaries / "initdb"), "-D", f"{folder}/data", "-A", "trust", "-U", "postgres"]
        subprocess.run([*initdb, "-E", "UTF8", "--no-sync"], check=True, **quiet)
        options = ["listen_addresses=127.0.0.1", "fsync=off", "synchronous_commit=off"]
        options += ["full_page_writes=off", "max_connections=200"]
        flags = [word for option in options for word in ("-c", option)]
        command = [
            str(binaries / "postgres"),
            "-D",
            f"{folder}/data",
            "-p",
            str(port),
            "-k",
            folder,
        ]
        postgres = subprocess.Popen([*command, *flags], stderr=subprocess.DEVNULL, **quiet)
        try:
            until = time.monotonic() + 30
            ready = [str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            while subprocess.run(ready, check=False).returncode:
                if postgres.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("PostgreSQL did not start")
                time.sleep(0.05)  # between two looks
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            postgres.send_signal(signal.SIGINT)
            postgres.wait(20)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield url
        return
    binaries = _binaries()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("CI has no PostgreSQL: the tests of the second database did not run")
        pytest.skip("no PostgreSQL: install Debian's `postgresql`, or set TEST_DATABASE_URL")
    with _server(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> str:
    """A migrated database to copy: migrating anew for each test would take most of the time."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    _administer(postgres_server, f"CREATE DATABASE {name}")
    SqlStore(_named(postgres_server, name)).close()
    return name


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    SqlStore(f"sqlite:///{path}").close()
    return path


def _named(server: str, name: str) -> str:
    return sa.engine.make_url(server).set(database=name).render_as_string(hide_password=False)


def _administer(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(
    request: pytest.FixtureRequest, tmp_path: pathlib.Path, _sqlite_template: pathlib.Path
) -> Iterator[str]:
    """An empty, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(_sqlite_template, path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("_postgres_template")
    name = f"t_{uuid.uuid4().hex[:16]}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _named(server, name)
    _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def store(database_url: str) -> Iterator[SqlStore]:
    """A store on each kind of database."""
    opened = SqlStore(database_url)
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(tmp_path: pathlib.Path, _sqlite_template: pathlib.Path) -> Iterator[SqlStore]:
    """A store on SQLite, for what does not depend on the database."""
    path = tmp_path / "one.db"
    shutil.copy(_sqlite_template, path)
    opened = SqlStore(f"sqlite:///{path}")
    yield opened
    opened.close()


# --- an origin with bad manners ------------------------------------------------------------------


class Hostile:
    """The hostile server: its address, its log."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"127.0.0.1:{port}"

    def url(self, path: str) -> str:
        return f"http://{self.address}{path}"

    def log(self) -> list[dict[str, Any]]:
        import json

        with urllib.request.urlopen(self.url("/_log"), timeout=5) as response:
            return [json.loads(line) for line in response.read().decode().splitlines()]

    def reset(self) -> None:
        urllib.request.urlopen(self.url("/_reset"), timeout=5).close()


@pytest.fixture(scope="session")
def _hostile_server() -> Iterator[Hostile]:
    program = pathlib.Path(__file__).parent / "hostile_server.py"
    process = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield Hostile(int(process.stdout.readline()))
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


@pytest.fixture
def hostile(_hostile_server: Hostile) -> Hostile:
    """The hostile server, its log empty."""
    _hostile_server.reset()
    return _hostile_server
