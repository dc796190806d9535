"""PostgreSQL's own programs: pg_dump, pg_restore and psql."""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Final, Self

import sqlalchemy as sa

from ..errors import StoreError

MAGIC: Final = b"PGDMP"  # what a dump begins with
_INSTALLED: Final = Path("/usr/lib/postgresql")  # Debian keeps every version there
_READ: Final = ("pg_restore", "--no-owner", "--no-privileges", "--file=-")
# One transaction, which psql commits when it has read to the end of what it is given.
_RUN: Final = ("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")


def dump(url: sa.URL, file: Path, snapshot: str) -> None:
    """Write the database, as one snapshot sees it, in pg_dump's custom format."""
    given = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}")
    with _Program(("pg_dump", *given, f"--file={file}"), url) as program:
        program.end()


def version_in(file: Path) -> str | None:
    """The version of our schema in a dump; None when it is not one of ours."""
    with _Program((*_READ, "--data-only", "--table=alembic_version", str(file))) as program:
        lines = program.output.read().decode(errors="replace").splitlines()
        program.end()
    rows = lines[next((n for n, at in enumerate(lines) if at.startswith("COPY ")), len(lines)) :]
    return rows[1].strip() if len(rows) > 1 else None


def restore(url: sa.URL, file: Path, before: str) -> None:
    """Run the statements `before`, and what a dump holds, in one transaction: all or nothing."""
    with (
        _Program((*_READ, str(file))) as script,
        _Program((*_RUN, f"--command={before}", "--file=-"), url) as client,
    ):
        with suppress(BrokenPipeError):  # it has stopped at an error, and says so at its end
            shutil.copyfileobj(script.output, client.input)
            script.end()  # if not, the client is killed before it has seen an end
            client.input.close()
        client.end()


class _Program:
    """One of them, running; killed where it has not ended by itself."""

    def __init__(self, words: tuple[str, ...], url: sa.URL | None = None) -> None:
        self._name, path = words[0], _path_of(words[0])
        # Not a pipe, which could fill up and stop it. Closed with the program.
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - as said
        environment = dict(os.environ)  # noqa: TID251 - what programs inherit, and one thing more
        if url is not None:
            words = (*words, f"--dbname={_without_password(url)}")
            if url.password is not None:  # everybody sees command lines
                environment["PGPASSWORD"] = str(url.password)
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and our own words
            [path, *words[1:]],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL if self._name == "psql" else subprocess.PIPE,
            stderr=self._complaints,
            env=environment,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()
        for opened in (self._process.stdin, self._process.stdout, self._complaints):
            with suppress(BrokenPipeError):
                if opened is not None:
                    opened.close()

    @property
    def input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def end(self) -> None:
        """Wait for it. Raises StoreError, with its complaint, when it is not content."""
        if self._process.wait():
            self._complaints.seek(0)
            said = self._complaints.read(2000).decode(errors="replace").strip()
            raise StoreError(f"{self._name} says: {said or self._process.returncode}")


def _without_password(url: sa.URL) -> str:
    bare = sa.URL.create(
        "postgresql", url.username, None, url.host, url.port, url.database, url.query
    )
    return bare.render_as_string(hide_password=False)


def _path_of(program: str) -> str:
    found = shutil.which(program)
    newest = sorted(_INSTALLED.glob(f"*/bin/{program}"), key=lambda path: int(path.parts[-3]))
    if found is None and not newest:
        raise StoreError(f"{program} is not here: install PostgreSQL's client programs")
    return found or str(newest[-1])
