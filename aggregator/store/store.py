"""The store: one class for both databases. Synchronous; called from threads."""

import datetime as dt
import hashlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from ..model import Admitted, Rendering, Story
from .engine import Database, upsert
from .migrate import migrate, require_current
from .reading import Reader
from .searching import prepare_index
from .tables import RenderingRow
from .upkeep import compact, size_of
from .writing import Writer

_SECOND = dt.timedelta(seconds=1)
RENDERING = RenderingRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it


class SqlStore:
    """Everything remembered. Opens, and migrates, the database it is given."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        """Open the database at `url`; `read_only`: for questions alone, and nothing is created,
        migrated or written. Raises StoreError where it cannot be used.
        """
        self._database = Database(url, read_only=read_only)
        self._listeners: list[Callable[[], None]] = []
        try:
            if read_only:
                require_current(self._database)
            else:
                migrate(self._database)
                prepare_index(self._database)
        except BaseException:
            self._database.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self._database.close()

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """One consistent look."""
        with self._database.reading() as connection:
            yield Reader(connection)

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """One transaction of the only writer: all of it, or none."""
        with self._database.writing() as connection:
            writer = Writer(connection)
            yield writer
        if writer.advanced:
            for listener in self._listeners:
                listener()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call this, in whatever thread, after each transaction of this process that has changed
        what is published.
        """
        self._listeners.append(listener)

    def window(self, topic: str, limit: int, texts: Collection[str]) -> list[Admitted]:
        """The newest published stories of a topic, newest first.

        Long texts come for articles of the sources in `texts` alone.
        """
        with self.reading() as ask:
            newest = ask.newest(topic, limit)
            stories = ask.stories([pk for pk, _ in newest], texts)
            return [Admitted(stories[pk], moment) for pk, moment in newest]

    def all_stories(self, batch: int = 500, *, texts: bool = True) -> Iterator[tuple[int, Story]]:
        """Every story with its primary key, oldest first, a batch at a time."""
        last = 0
        while True:
            with self.reading() as ask:
                pks = ask.story_pks_after(last, batch)
                stories = ask.stories(pks, None if texts else ())
            if not pks:
                return
            for pk in pks:
                yield pk, stories[pk]
            last = pks[-1]

    def compact(self, keep_on: Callable[[], bool] = lambda: True) -> int:
        """Give room back to the disk, as long as `keep_on` says so; how many bytes."""
        return compact(self._database, keep_on)

    def size(self) -> int:
        """How many bytes are in use."""
        return size_of(self._database)

    def modified_at(self, rendering: Rendering, now: dt.datetime) -> dt.datetime:
        """When these very bytes were first rendered at their path, by any process (B7.5)."""
        digest = hashlib.sha256(rendering.body).hexdigest()
        select = sa.select(RENDERING).where(RENDERING.c.path == rendering.path)
        with self.reading() as ask:
            known = ask.connection.execute(select).mappings().first()
        if known is not None and known["digest"] == digest:
            return known["modified_at"]  # type: ignore[no-any-return]  # a row is untyped
        with self.writing() as tell:
            known = tell.connection.execute(select).mappings().first()
            if known is not None and known["digest"] == digest:  # another process was quicker
                return known["modified_at"]  # type: ignore[no-any-return]  # as above
            # Never back, never the same for other bytes: clients may know them by it alone.
            moment = now if known is None else max(now, known["modified_at"] + _SECOND)
            row = {"path": rendering.path, "digest": digest, "modified_at": moment}
            upsert(tell.connection, RENDERING, [row], ["path"])
        return moment
