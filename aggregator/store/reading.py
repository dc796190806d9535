"""What the store is asked. Every query on the polling path goes by an index."""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from ..model import (
    Admission,
    Article,
    Because,
    HealthChange,
    HostState,
    Hub,
    MatchKey,
    PollState,
    Sighting,
    Story,
    Subscription,
    TopicState,
)
from .by_hand import ByHandReader
from .columns import Utc
from .days import DaysReader
from .holding import HoldingReader
from .pushing import PushingReader
from .queries import rows_in
from .relating import Neighbours
from .retagging import RetaggingReader
from .retiring import RetiringReader
from .revising import RevisingReader
from .rows import (
    Row,
    article_from,
    change_from,
    host_from,
    hub_from,
    state_from,
    story_from,
    subscription_from,
    with_text,
)
from .searching import Searcher
from .tables import (
    ADMISSION,
    ARTICLE,
    HEALTH,
    HOST,
    MATCH_KEY,
    META,
    SOURCE,
    STORY,
    SUBSCRIPTION,
    TEXT,
    TOPIC,
)


class Reader(
    RetaggingReader,
    RetiringReader,
    RevisingReader,
    DaysReader,
    Searcher,
    Neighbours,
    ByHandReader,
    PushingReader,
    HoldingReader,
):
    """Questions within one transaction."""

    def states(self, keys: Collection[str] | None = None) -> dict[str, PollState]:
        """Poll states of these sources, or of all that feeds.yaml lists."""
        select = sa.select(SOURCE)
        if keys is not None:
            return {r["key"]: state_from(r) for r in self._in(select, SOURCE.c.key, keys)}
        listed = self.connection.execute(select.where(SOURCE.c.listed).order_by(SOURCE.c.key))
        return {row["key"]: state_from(row) for row in listed.mappings()}

    def source_keys(self) -> set[str]:
        """Every source ever listed."""
        return set(self.connection.execute(sa.select(SOURCE.c.key)).scalars())

    def hosts(self, hosts: Collection[str]) -> dict[str, HostState]:
        """The clocks of these hosts; a host never heard of has none."""
        return {r["host"]: host_from(r) for r in self._in(sa.select(HOST), HOST.c.host, hosts)}

    def busy_hosts(self, now: dt.datetime) -> dict[str, int]:
        """How many sources of each host are being asked right now."""
        count = sa.func.count()
        select = (
            sa.select(SOURCE.c.host, count)
            .where(SOURCE.c.lease_until > now)
            .group_by(SOURCE.c.host)
        )
        return {row[0]: row[1] for row in self.connection.execute(select)}

    def due(
        self, now: dt.datetime, limit: int, per_host: int, only: Collection[str] | None = None
    ) -> list[tuple[str, str]]:
        """Sources whose time has come and whose host may be asked, with their host: the longest
        due first, at most `per_host` of one host, so that no host can starve the others (A3.9).
        """
        given: dict[str, Any] = {"now": now, "limit": limit, "per_host": per_host}
        if only is not None:
            given["only"] = sorted(only)
        rows = self.connection.execute(_due(among=only is not None), given)
        return [(row[0], row[1]) for row in rows]

    def leases(self) -> dict[str, str]:
        """Source → who is asking it."""
        select = sa.select(SOURCE.c.key, SOURCE.c.leased_by).where(
            SOURCE.c.lease_until.is_not(None)
        )
        return {key: owner or "" for key, owner in self.connection.execute(select)}

    def health_changes(self, limit: int = 1000) -> list[HealthChange]:
        """The newest changes of state, the newest first."""
        select = sa.select(HEALTH).order_by(HEALTH.c.pk.desc()).limit(limit)
        return [change_from(row) for row in self.connection.execute(select).mappings()]

    def hubs(self) -> dict[str, tuple[str, Hub | None]]:
        """Of every source that feeds.yaml lists: its address, and the hub it named last."""
        columns = (SOURCE.c.key, SOURCE.c.listed_url, SOURCE.c.hub_url, SOURCE.c.hub_topic)
        listed = self.connection.execute(sa.select(*columns).where(SOURCE.c.listed))
        return {row["key"]: (row["listed_url"], hub_from(row)) for row in listed.mappings()}

    def subscriptions(self) -> list[Subscription]:
        """Every subscription at a hub, the longest due first."""
        select = sa.select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.next_at, SUBSCRIPTION.c.token)
        return [subscription_from(row) for row in self.connection.execute(select).mappings()]

    def subscription_states(self) -> dict[str, int]:
        """How many subscriptions are in each state."""
        column = SUBSCRIPTION.c.state
        select = sa.select(column, sa.func.count()).group_by(column)
        return {row[0]: row[1] for row in self.connection.execute(select)}

    def subscription(self, token: str) -> Subscription | None:
        """The subscription whose callback ends in this token."""
        select = sa.select(SUBSCRIPTION).where(SUBSCRIPTION.c.token == token)
        row = self.connection.execute(select).mappings().first()
        return subscription_from(row) if row is not None else None

    # --- stories ---

    def sightings(self, keys: Collection[MatchKey]) -> dict[MatchKey, list[Sighting]]:
        """For each key that is known, the articles that bear it."""
        select = sa.select(
            MATCH_KEY.c.key,
            ARTICLE.c.story_pk,
            ARTICLE.c.source,
            ARTICLE.c.entry_id,
            ARTICLE.c.digest,
            ARTICLE.c.published,
        ).join(ARTICLE, ARTICLE.c.pk == MATCH_KEY.c.article_pk)
        found: dict[MatchKey, list[Sighting]] = defaultdict(list)
        for row in self._in(select, MATCH_KEY.c.key, keys):
            place = {name: row[name] for name in row if name != "key"}
            found[MatchKey(row["key"])].append(Sighting(**place))
        return dict(found)

    def stories(
        self, pks: Collection[int], texts: Collection[str] | None = None
    ) -> dict[int, Story]:
        """Stories with their articles and topics, by primary key.

        Long texts come for articles of the sources in `texts`; None: for all.
        """
        articles: dict[int, list[tuple[int, Article]]] = defaultdict(list)
        for row in self._in(sa.select(ARTICLE), ARTICLE.c.story_pk, pks):
            articles[row["story_pk"]].append((row["pk"], article_from(row)))
        wanted = [
            pk
            for pairs in articles.values()
            for pk, article in pairs
            if texts is None or article.source in texts
        ]
        long = {r["article_pk"]: r for r in self._in(sa.select(TEXT), TEXT.c.article_pk, wanted)}
        topics: dict[int, list[Because]] = defaultdict(list)
        for row in self._in(sa.select(ADMISSION), ADMISSION.c.story_pk, pks):
            topics[row["story_pk"]].append(Because(row["topic"], row["evidence"]))
        found: dict[int, Story] = {}
        for row in self._in(sa.select(STORY), STORY.c.pk, pks):
            # The founder first, as in `wordings`: after a split it may have a later primary key.
            its = articles[row["pk"]]
            order = sorted(its, key=lambda pair: (pair[1].joined is not None, pair[0]))
            told = tuple(
                with_text(article, long[pk]["html"], long[pk]["text"]) if pk in long else article
                for pk, article in order
            )
            because = tuple(sorted(topics[row["pk"]], key=lambda b: b.topic))
            found[row["pk"]] = story_from(row, told, because)
        return found

    def story_pks(self, ids: Collection[str]) -> dict[str, int]:
        """Published id → primary key, for those that exist; the id of a story that was merged
        into another leads there.
        """
        select = sa.select(STORY.c.id, STORY.c.pk)
        known = {row["id"]: row["pk"] for row in self._in(select, STORY.c.id, ids)}
        return {**self.bonded_pks(ids), **known}

    def story_pks_after(self, pk: int, limit: int) -> list[int]:
        """The next stories after one, oldest first: how to walk them all."""
        select = sa.select(STORY.c.pk).where(STORY.c.pk > pk).order_by(STORY.c.pk).limit(limit)
        return list(self.connection.execute(select).scalars())

    def pks_of_url(self, url: str) -> list[int]:
        """Stories with an article at exactly this address."""
        select = sa.select(ARTICLE.c.story_pk).where(ARTICLE.c.url == url).distinct()
        return sorted(self.connection.execute(select).scalars())

    # --- topics ---

    def admissions(self, topic: str, pks: Collection[int]) -> dict[int, Admission]:
        """How these stories stand in a topic, those that are in it."""
        select = (
            sa.select(ADMISSION, STORY.c.id)
            .join(STORY, STORY.c.pk == ADMISSION.c.story_pk)
            .where(ADMISSION.c.topic == topic)
        )
        return {
            row["story_pk"]: Admission(topic, row["id"], row["admitted_at"], row["due_at"])
            for row in self._in(select, ADMISSION.c.story_pk, pks)
        }

    def topics(self) -> dict[str, TopicState]:
        """Every topic there ever was, by key."""
        rows = self.connection.execute(sa.select(TOPIC)).mappings()
        return {row["key"]: TopicState(**row) for row in rows}

    def definitions(self) -> dict[str, str]:
        """Every topic there ever was, and the rule its stories were found by."""
        rows = self.connection.execute(sa.select(TOPIC.c.key, TOPIC.c.definition))
        return {key: definition for key, definition in rows}  # noqa: C416 - a row is no pair

    # --- the whole ---

    def meta(self, key: str) -> str | None:
        """A fact about the whole."""
        return self.connection.execute(
            sa.select(META.c.value).where(META.c.key == key)
        ).scalar_one_or_none()

    def count(self, table: Any) -> int:
        """Rows of a table."""
        return int(
            self.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        )

    def _in(self, select: Any, column: Any, values: Iterable[Any]) -> Iterator[Row]:
        return rows_in(self.connection, select, column, values)


@functools.cache  # spelled out once: it is asked at every tick
def _due(*, among: bool) -> Any:
    now = sa.bindparam("now", type_=Utc())
    turn = sa.func.row_number().over(
        partition_by=SOURCE.c.host, order_by=(SOURCE.c.next_poll_at, SOURCE.c.key)
    )
    waiting = (
        sa.select(SOURCE.c.key, SOURCE.c.host, SOURCE.c.next_poll_at, turn.label("turn"))
        .outerjoin(HOST, HOST.c.host == SOURCE.c.host)
        .where(
            SOURCE.c.listed,
            SOURCE.c.next_poll_at <= now,
            sa.or_(SOURCE.c.lease_until.is_(None), SOURCE.c.lease_until <= now),
            sa.or_(HOST.c.not_before.is_(None), HOST.c.not_before <= now),
        )
    )
    if among:
        waiting = waiting.where(SOURCE.c.key.in_(sa.bindparam("only", expanding=True)))
    inner = waiting.subquery()
    return (
        sa.select(inner.c.key, inner.c.host)
        .where(inner.c.turn <= sa.bindparam("per_host"))
        .order_by(inner.c.next_poll_at, inner.c.key)
        .limit(sa.bindparam("limit"))
    )
