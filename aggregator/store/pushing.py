"""Who is told what is new in our feeds: subscribers at our own hub, and the hubs of others."""

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from ..model import NamedHub, Ping, Subscriber, Told
from ..text.urls import host_of, site_of
from .columns import Utc
from .engine import upsert
from .queries import rows_in
from .rows import Row


def _moment(*, required: bool = False) -> Any:
    return Field(default=None, sa_column=sa.Column(Utc(), nullable=not required))


class SubscriberRow(SQLModel, table=True):
    """A subscription at our hub, verified (B9.4)."""

    __tablename__ = "subscriber"
    __table_args__ = (
        sa.Index("ix_subscriber_due", "due_at"),
        sa.Index("ix_subscriber_lease", "lease_until"),
        sa.Index("ix_subscriber_host", "host"),
    )

    topic: str = Field(primary_key=True)
    callback: str = Field(primary_key=True)
    host: str  # of the callback: what deliveries take turns at
    secret: str | None = None
    verified_at: dt.datetime = _moment(required=True)
    lease_until: dt.datetime = _moment(required=True)
    told: str
    told_at: dt.datetime = _moment(required=True)
    news_at: dt.datetime | None = _moment()
    due_at: dt.datetime | None = _moment()
    failures: int = 0
    failing_since: dt.datetime | None = _moment()


class PingRow(SQLModel, table=True):
    """What a hub was told of a feed (B9.2)."""

    __tablename__ = "ping"
    __table_args__ = (sa.Index("ix_ping_due", "due_at"),)

    hub: str = Field(primary_key=True)
    topic: str = Field(primary_key=True)
    told: str | None = None
    told_at: dt.datetime | None = _moment()
    news_at: dt.datetime | None = _moment()
    due_at: dt.datetime | None = _moment()
    pinged_at: dt.datetime | None = _moment()
    failures: int = 0


class NamedHubRow(SQLModel, table=True):
    """How a hub that feeds.yaml names has answered of late."""

    __tablename__ = "named_hub"

    url: str = Field(primary_key=True)
    failing_since: dt.datetime | None = _moment()
    failure: str = ""
    alerted: bool = False


SUBSCRIBER: Final[Any] = SubscriberRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it
PING: Final[Any] = PingRow.__table__  # type: ignore[attr-defined]
NAMED_HUB: Final[Any] = NamedHubRow.__table__  # type: ignore[attr-defined]
_SUBSCRIBER = (
    "topic", "callback", "secret", "verified_at", "lease_until", "news_at", "due_at", "failures",
    "failing_since",
)  # fmt: skip
_PING = ("hub", "topic", "news_at", "due_at", "pinged_at", "failures")
_NAMED_HUB = ("url", "failing_since", "failure", "alerted")


class PushingReader:
    """Questions within one transaction."""

    connection: sa.Connection

    def subscriber(self, topic: str, callback: str) -> Subscriber | None:
        """The subscription of this callback to this feed."""
        its = (SUBSCRIBER.c.topic == topic, SUBSCRIBER.c.callback == callback)
        row = self.connection.execute(sa.select(SUBSCRIBER).where(*its)).mappings().first()
        return _subscriber(row) if row is not None else None

    def subscribed_topics(self) -> set[str]:
        """The feeds that somebody has subscribed to."""
        return set(self.connection.execute(sa.select(SUBSCRIBER.c.topic).distinct()).scalars())

    def subscribers_to(self, topics: Collection[str]) -> list[Subscriber]:
        """Who has subscribed to these feeds."""
        select = sa.select(SUBSCRIBER).order_by(SUBSCRIBER.c.topic, SUBSCRIBER.c.callback)
        rows = rows_in(self.connection, select, SUBSCRIBER.c.topic, topics)
        return [_subscriber(row) for row in rows]

    def subscriber_count(self, callback: str | None = None) -> int:
        """How many subscriptions there are, or how many on the host of this callback."""
        select = sa.select(sa.func.count()).select_from(SUBSCRIBER)
        if callback is not None:
            select = select.where(SUBSCRIBER.c.host == _host(callback))
        return int(self.connection.execute(select).scalar_one())

    def undelivered(self) -> int:
        """How many subscribers have not got what is live."""
        select = sa.select(sa.func.count()).where(SUBSCRIBER.c.news_at.is_not(None))
        return int(self.connection.execute(select).scalar_one())

    def subscribers_due(self, now: dt.datetime, limit: int, per_host: int) -> list[Subscriber]:
        """Who is to be told now: those who took the last delivery first, then the longest due, at
        most `per_host` of one host, so that no host can starve the others.
        """
        its = SUBSCRIBER.c
        order = (its.failures, its.due_at, its.topic, its.callback)
        turn = sa.func.row_number().over(partition_by=SUBSCRIBER.c.host, order_by=order)
        waiting = (
            sa.select(SUBSCRIBER, turn.label("turn"))
            .where(
                SUBSCRIBER.c.due_at <= now,
                SUBSCRIBER.c.news_at.is_not(None),
                SUBSCRIBER.c.lease_until > now,
            )
            .subquery()
        )
        order = (waiting.c.failures, waiting.c.due_at, waiting.c.topic, waiting.c.callback)
        select = sa.select(waiting).where(waiting.c.turn <= per_host).order_by(*order).limit(limit)
        return [_subscriber(row) for row in self.connection.execute(select).mappings()]

    def have_expired(self, now: dt.datetime) -> bool:
        """Has the lease of anybody run out?"""
        over = sa.exists().where(SUBSCRIBER.c.lease_until <= now)
        return bool(self.connection.execute(sa.select(over)).scalar_one())

    def pings(self, topics: Collection[str]) -> list[Ping]:
        """What hubs were told of these feeds."""
        rows = rows_in(self.connection, sa.select(PING), PING.c.topic, topics)
        return [_ping(row) for row in rows]

    def pings_due(self, now: dt.datetime, limit: int, per_hub: int) -> list[Ping]:
        """The pings to make now: the longest due first, at most `per_hub` of one hub, so that one
        that hangs cannot starve the others.
        """
        first = (PING.c.due_at, PING.c.topic)
        turn = sa.func.row_number().over(partition_by=PING.c.hub, order_by=first)
        waiting = sa.select(PING, turn.label("turn")).where(PING.c.due_at <= now).subquery()
        order = (waiting.c.due_at, waiting.c.hub, waiting.c.topic)
        select = sa.select(waiting).where(waiting.c.turn <= per_hub).order_by(*order).limit(limit)
        return [_ping(row) for row in self.connection.execute(select).mappings()]

    def named_hubs(self) -> dict[str, NamedHub]:
        """How the hubs of others have answered of late, by address."""
        rows = self.connection.execute(sa.select(NAMED_HUB)).mappings()
        return {row["url"]: NamedHub(**{name: row[name] for name in _NAMED_HUB}) for row in rows}


class PushingWriter(PushingReader):
    """Statements within one transaction."""

    def save_subscribers(self, subscribers: Iterable[Subscriber]) -> None:
        """Put these in the place of what is known."""
        rows = [
            {
                **{name: getattr(one, name) for name in _SUBSCRIBER},
                "host": _host(one.callback),
                "told": one.told.digest,
                "told_at": one.told.at,
            }
            for one in subscribers
        ]
        upsert(self.connection, SUBSCRIBER, rows, ["topic", "callback"])

    def forget_subscribers(self, subscribers: Iterable[tuple[str, str]]) -> None:
        """End these subscriptions, each a feed and a callback."""
        for topic, callback in subscribers:
            its = (SUBSCRIBER.c.topic == topic, SUBSCRIBER.c.callback == callback)
            self.connection.execute(sa.delete(SUBSCRIBER).where(*its))

    def expire(self, now: dt.datetime) -> int:
        """End the subscriptions whose lease has run out; how many."""
        over = sa.delete(SUBSCRIBER).where(SUBSCRIBER.c.lease_until <= now)
        return self.connection.execute(over).rowcount

    def announce(self, topic: str, news: Told, now: dt.datetime) -> int:
        """These bytes of a feed are live: whoever has not got them nor newer ones is due, or stays
        due when he was; how many that are.
        """
        statement = (
            sa.update(SUBSCRIBER)
            .where(
                SUBSCRIBER.c.topic == topic,
                SUBSCRIBER.c.told != news.digest,
                SUBSCRIBER.c.told_at < news.at,
                sa.or_(SUBSCRIBER.c.news_at.is_(None), SUBSCRIBER.c.news_at < news.at),
            )
            .values(
                news_at=news.at,
                due_at=sa.func.coalesce(SUBSCRIBER.c.due_at, sa.bindparam("now", now, Utc())),
            )
        )
        return self.connection.execute(statement).rowcount

    def save_pings(self, pings: Iterable[Ping]) -> None:
        """Put these in the place of what is known."""
        rows = [
            {
                **{name: getattr(one, name) for name in _PING},
                "told": one.told.digest if one.told else None,
                "told_at": one.told.at if one.told else None,
            }
            for one in pings
        ]
        upsert(self.connection, PING, rows, ["hub", "topic"])

    def keep_hubs(self, hubs: Collection[str], topics: Collection[str]) -> None:
        """Forget every hub but these, and pings of every feed but these."""
        self.connection.execute(sa.delete(NAMED_HUB).where(NAMED_HUB.c.url.not_in(hubs)))
        known = self.connection.execute(sa.select(PING.c.hub, PING.c.topic)).all()
        for hub, topic in known:
            if hub not in hubs or topic not in topics:
                its = (PING.c.hub == hub, PING.c.topic == topic)
                self.connection.execute(sa.delete(PING).where(*its))

    def save_named_hubs(self, hubs: Iterable[NamedHub]) -> None:
        """Put these in the place of what is known."""
        rows = [{name: getattr(one, name) for name in _NAMED_HUB} for one in hubs]
        upsert(self.connection, NAMED_HUB, rows, ["url"])


def _host(callback: str) -> str:
    return site_of(host_of(callback))


def _subscriber(row: Row) -> Subscriber:
    told = Told(row["told"], row["told_at"])
    return Subscriber(told=told, **{name: row[name] for name in _SUBSCRIBER})


def _ping(row: Row) -> Ping:
    told = Told(row["told"], row["told_at"]) if row["told"] is not None else None
    return Ping(told=told, **{name: row[name] for name in _PING})
