"""The tables. A new column also wants `rows.py`, a migration, and the round-trip test; revisions,
vetoes and bonds have theirs elsewhere. Past 300 lines because a schema is best read in one place.
"""

import datetime as dt
from typing import Any, Final

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from ..model import (
    Category,
    Conditions,
    Days,
    Failure,
    FeedInfo,
    Found,
    Freshness,
    HeldEdits,
    Media,
    Move,
    Rhythm,
)
from .columns import KEY, Json, Utc


def _moment(*, index: bool = False) -> Any:
    return Field(default=None, sa_column=sa.Column(Utc(), index=index, nullable=True))


def _moment_required() -> Any:
    return Field(sa_column=sa.Column(Utc(), nullable=False))


class Meta(SQLModel, table=True):
    """Facts about the whole: the site id, the revision."""

    key: str = Field(primary_key=True)
    value: str


class SourceRow(SQLModel, table=True):
    """A source's poll state, and whether feeds.yaml still lists it."""

    __tablename__ = "source"
    # What is due, and who is being asked: the two questions of every tick.
    __table_args__ = (
        sa.Index("ix_source_due", "listed", "next_poll_at"),
        sa.Index("ix_source_lease", "lease_until"),
    )

    key: str = Field(primary_key=True)
    listed: bool = True
    listed_url: str
    host: str
    next_poll_at: dt.datetime | None = _moment()
    lease_until: dt.datetime | None = _moment()
    leased_by: str | None = None
    polled_at: dt.datetime | None = _moment()
    succeeded_at: dt.datetime | None = _moment()
    validators_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_digest: str | None = None
    freshness: Freshness = Field(sa_column=sa.Column(Json(Freshness), nullable=False))
    arrivals: tuple[dt.datetime, ...] = Field(
        sa_column=sa.Column(Json(tuple[dt.datetime, ...]), nullable=False)
    )
    rhythm: Rhythm | None = Field(default=None, sa_column=sa.Column(Json(Rhythm)))
    articles: int = 0
    failures: int = 0
    failing_since: dt.datetime | None = _moment()
    failure: Failure | None = Field(default=None, sa_column=sa.Column(Json(Failure)))
    not_before: dt.datetime | None = _moment()
    health: str = "new"
    health_since: dt.datetime | None = _moment()
    info: FeedInfo = Field(sa_column=sa.Column(Json(FeedInfo), nullable=False))
    conditions: Conditions = Field(sa_column=sa.Column(Json(Conditions), nullable=False))
    move: Move | None = Field(default=None, sa_column=sa.Column(Json(Move)))
    days: Days = Field(sa_column=sa.Column(Json(Days), nullable=False))
    hub_url: str | None = None
    hub_topic: str | None = None
    by_push: tuple[bool, ...] | None = Field(
        default=None, sa_column=sa.Column(Json(tuple[bool, ...]))
    )
    held_edits: HeldEdits | None = Field(default=None, sa_column=sa.Column(Json(HeldEdits)))


class HealthChangeRow(SQLModel, table=True):
    """A change of a source's state. The newest of each source are kept."""

    __tablename__ = "health_change"
    __table_args__ = (sa.Index("ix_health_change_source", "source"),)

    pk: int | None = Field(default=None, sa_column=sa.Column(KEY, primary_key=True))
    source: str
    at: dt.datetime = _moment_required()
    was: str
    health: str
    why: str


class SubscriptionRow(SQLModel, table=True):
    """A subscription at a hub (A17)."""

    __tablename__ = "subscription"

    token: str = Field(primary_key=True)
    source: str
    feed: str
    hub_url: str
    hub_topic: str
    callback: str
    secret: str | None = None
    state: str
    next_at: dt.datetime | None = _moment()
    requests: int = 0
    asked_at: dt.datetime | None = _moment()
    verified_at: dt.datetime | None = _moment()
    lease_until: dt.datetime | None = _moment()
    failure: str | None = None


class HostRow(SQLModel, table=True):
    """The clock all pollers of a host share."""

    __tablename__ = "host"

    host: str = Field(primary_key=True)
    not_before: dt.datetime | None = _moment()
    told_to_wait: bool = False
    strikes: int = 0
    refused: tuple[tuple[str, dt.datetime], ...] = Field(
        sa_column=sa.Column(Json(tuple[tuple[str, dt.datetime], ...]), nullable=False)
    )


class StoryRow(SQLModel, table=True):
    """A story; its articles point to it."""

    __tablename__ = "story"

    pk: int | None = Field(default=None, sa_column=sa.Column(KEY, primary_key=True))
    id: str = Field(unique=True)
    page: str = Field(index=True)  # the name of its page
    first_seen_at: dt.datetime = _moment_required()
    published: dt.datetime = _moment_required()
    updated: dt.datetime = _moment_required()


class ArticleRow(SQLModel, table=True):
    """What one source says of a story, but for the long texts."""

    __tablename__ = "article"
    __table_args__ = (
        sa.UniqueConstraint("source", "entry_id", name="uq_article_identity"),
        sa.Index("ix_article_story", "story_pk"),
        sa.Index("ix_article_url", "url"),
        sa.Index("ix_article_kept", "kept", "first_seen_at"),  # for retention
    )

    pk: int | None = Field(default=None, sa_column=sa.Column(KEY, primary_key=True))
    story_pk: int = Field(sa_column=sa.Column(KEY, sa.ForeignKey("story.pk"), nullable=False))
    source: str
    entry_id: str
    declared_id: str | None = None
    url: str | None = None
    title: str
    summary: str
    first_seen_at: dt.datetime = _moment_required()
    published: dt.datetime = _moment_required()
    updated: dt.datetime = _moment_required()
    digest: str
    authors: tuple[str, ...] = Field(sa_column=sa.Column(Json(tuple[str, ...]), nullable=False))
    categories: tuple[Category, ...] = Field(
        sa_column=sa.Column(Json(tuple[Category, ...]), nullable=False)
    )
    media: tuple[Media, ...] = Field(sa_column=sa.Column(Json(tuple[Media, ...]), nullable=False))
    lang: str | None = None
    comments: str | None = None
    rights: str | None = None
    origin: FeedInfo | None = Field(default=None, sa_column=sa.Column(Json(FeedInfo)))
    withheld: bool = False
    joined_by: str | None = None
    joined_share: float | None = None
    joined_to: str | None = None
    kept: str = Field(default="text", sa_column_kwargs={"server_default": "text"})
    said: tuple[str, ...] | None = Field(default=None, sa_column=sa.Column(Json(tuple[str, ...])))
    at_home: bool = False


class TextRow(SQLModel, table=True):
    """An article's long texts, apart so that lists of articles stay light, and so that they can
    be forgotten while what was seen is remembered (law 12).
    """

    __tablename__ = "article_text"

    article_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("article.pk"), primary_key=True, autoincrement=False)
    )
    html: str
    text: str


class MatchKeyRow(SQLModel, table=True):
    """An opaque key that leads to an article."""

    __tablename__ = "match_key"
    # Without rowids the table is its own index.
    __table_args__ = (sa.Index("ix_match_key_article", "article_pk"), {"sqlite_with_rowid": False})

    key: str = Field(primary_key=True)
    article_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("article.pk"), primary_key=True, autoincrement=False)
    )


class AdmissionRow(SQLModel, table=True):
    """A story in a topic: why, and since when it is published there."""

    __tablename__ = "admission"
    __table_args__ = (
        # The newest of a topic, by one range of the index.
        sa.Index("ix_admission_window", "topic", "admitted_at", "story_pk"),
        sa.Index("ix_admission_story", "story_pk"),
        sa.Index("ix_admission_due", "due_at"),
        {"sqlite_with_rowid": False},
    )

    topic: str = Field(primary_key=True)
    story_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("story.pk"), primary_key=True, autoincrement=False)
    )
    evidence: tuple[Found, ...] = Field(
        sa_column=sa.Column(Json(tuple[Found, ...]), nullable=False)
    )
    admitted_at: dt.datetime | None = _moment()
    due_at: dt.datetime | None = _moment()


class TopicRow(SQLModel, table=True):
    """How often what is published of a topic has changed, and by which rule its stories were
    found.
    """

    __tablename__ = "topic"

    key: str = Field(primary_key=True)
    definition: str = ""
    changes: int = 0
    removed_at: dt.datetime = _moment_required()
    floor_at: dt.datetime | None = _moment()


class RetaggingRow(SQLModel, table=True):
    """A topic whose stories are being found anew."""

    __tablename__ = "retagging"

    topic: str = Field(primary_key=True)
    definition: str
    cursor: int = Field(sa_column=sa.Column(KEY, nullable=False))


class StagedRow(SQLModel, table=True):
    """What finding a topic's stories anew will change in it, story by story; readers never see
    it. Evidence: it has the story, by this; none: it has it no more; `again`: not decided yet.
    """

    __tablename__ = "staged"
    __table_args__ = ({"sqlite_with_rowid": False},)

    topic: str = Field(primary_key=True)
    story_pk: int = Field(
        sa_column=sa.Column(KEY, sa.ForeignKey("story.pk"), primary_key=True, autoincrement=False)
    )
    again: bool
    evidence: tuple[Found, ...] | None = Field(
        default=None, sa_column=sa.Column(Json(tuple[Found, ...]))
    )


class RenderingRow(SQLModel, table=True):
    """When a published document's bytes last changed: the Last-Modified of every process (B7.5)."""

    __tablename__ = "rendering"

    path: str = Field(primary_key=True)
    digest: str
    modified_at: dt.datetime = _moment_required()


# As SQLAlchemy Core has them.
SOURCE: Final[Any] = SourceRow.__table__  # type: ignore[attr-defined]  # SQLModel makes it
HOST: Final[Any] = HostRow.__table__  # type: ignore[attr-defined]
SUBSCRIPTION: Final[Any] = SubscriptionRow.__table__  # type: ignore[attr-defined]
STORY: Final[Any] = StoryRow.__table__  # type: ignore[attr-defined]
ARTICLE: Final[Any] = ArticleRow.__table__  # type: ignore[attr-defined]
TEXT: Final[Any] = TextRow.__table__  # type: ignore[attr-defined]
MATCH_KEY: Final[Any] = MatchKeyRow.__table__  # type: ignore[attr-defined]
ADMISSION: Final[Any] = AdmissionRow.__table__  # type: ignore[attr-defined]
TOPIC: Final[Any] = TopicRow.__table__  # type: ignore[attr-defined]
HEALTH: Final[Any] = HealthChangeRow.__table__  # type: ignore[attr-defined]
RETAGGING: Final[Any] = RetaggingRow.__table__  # type: ignore[attr-defined]
STAGED: Final[Any] = StagedRow.__table__  # type: ignore[attr-defined]
META: Final[Any] = Meta.__table__  # type: ignore[attr-defined]
