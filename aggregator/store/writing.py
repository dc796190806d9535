"""What the store is told, within the transaction of the only writer. All or nothing."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa

from ..dedupe.shelf import Change
from ..model import (
    Admission,
    Because,
    HealthChange,
    HostState,
    PollState,
    Story,
    Subscription,
    TopicState,
)
from . import searching as index
from .by_hand import ByHandWriter
from .days import TOPIC_DAY, changed, recounting
from .engine import upsert
from .holding import HoldingWriter
from .pushing import PushingWriter
from .queries import chunks
from .reading import Reader
from .retagging import RetaggingWriter
from .retiring import RetiringWriter
from .rows import (
    article_row,
    change_row,
    host_row,
    state_row,
    story_row,
    subscription_row,
)
from .tables import (
    ADMISSION,
    ARTICLE,
    HEALTH,
    HOST,
    MATCH_KEY,
    META,
    RETAGGING,
    SOURCE,
    STAGED,
    STORY,
    SUBSCRIPTION,
    TEXT,
    TOPIC,
)

_CHANGES_KEPT: Final = 50  # of each source
# Of each article: one whose ids and addresses are others at every poll is found by what stays.
_MOST_KEYS: Final = 100


class Writer(RetaggingWriter, RetiringWriter, ByHandWriter, HoldingWriter, PushingWriter, Reader):
    """Questions and statements within one transaction."""

    advanced = False  # has it counted the revision on?

    # --- polling ---

    def save_states(self, states: Iterable[PollState], *, listed: bool = True) -> None:
        """Put these poll states in the place of what is known."""
        upsert(self.connection, SOURCE, [state_row(s, listed=listed) for s in states], ["key"])

    def list_only(self, keys: Collection[str]) -> None:
        """Stop polling every source but these; what they brought stays."""
        gone = self.source_keys() - set(keys)
        for key in gone:
            self.connection.execute(
                sa.update(SOURCE).where(SOURCE.c.key == key).values(listed=False)
            )

    def save_hosts(self, hosts: Iterable[HostState]) -> None:
        """Put these clocks in the place of what is known."""
        upsert(self.connection, HOST, [host_row(host) for host in hosts], ["host"])

    def save_health_changes(self, changes: Sequence[HealthChange]) -> None:
        """Add to the history of states, and forget what is older than the newest of a source."""
        if changes:
            self.connection.execute(sa.insert(HEALTH), [change_row(one) for one in changes])
        for source in sorted({one.source for one in changes}):
            its = HEALTH.c.source == source
            newest = sa.select(HEALTH.c.pk).where(its).order_by(HEALTH.c.pk.desc())
            oldest = newest.offset(_CHANGES_KEPT - 1).limit(1).scalar_subquery()
            self.connection.execute(sa.delete(HEALTH).where(its, HEALTH.c.pk < oldest))

    def save_subscriptions(self, subscriptions: Iterable[Subscription]) -> None:
        """Put these in the place of what is known."""
        rows = [subscription_row(one) for one in subscriptions]
        upsert(self.connection, SUBSCRIPTION, rows, ["token"])

    def forget_subscriptions(self, tokens: Iterable[str]) -> None:
        """Their callbacks are unknown from now on."""
        for token in tokens:
            self.connection.execute(sa.delete(SUBSCRIPTION).where(SUBSCRIPTION.c.token == token))

    def release(self, owners: Collection[str]) -> None:
        """Give back the leases of pollers that are no more."""
        for owner in owners:
            self.connection.execute(
                sa.update(SOURCE)
                .where(SOURCE.c.leased_by == owner)
                .values(lease_until=None, leased_by=None)
            )

    # --- stories ---

    def save_changes(self, changes: Sequence[Change], known: Mapping[str, int]) -> dict[str, int]:
        """Save stories, those of their articles that are new or edited, and new match keys, a
        statement for each table.

        `known`: primary keys of stories that are stored already. Returns those of all.
        """
        pks = {
            **known,
            **self._insert_stories([c.story for c in changes if c.story.id not in known]),
        }
        updated = [
            {"b_pk": pks[change.story.id], "updated": change.story.updated}
            for change in changes
            if change.story.id in known
        ]
        if updated:
            self.connection.execute(
                sa.update(STORY).where(STORY.c.pk == sa.bindparam("b_pk")), updated
            )
        articles = {
            article.identity: (article, pks[change.story.id])
            for change in changes
            for article in (*change.added, *change.edited)
        }
        article_pks = self._article_pks(change for change in changes if change.story.id in known)
        fresh = {i: pair for i, pair in articles.items() if i not in article_pks}
        edited = {i: pair for i, pair in articles.items() if i in article_pks}
        if edited:
            index.replace(
                self.connection, {article_pks[i]: article for i, (article, _) in edited.items()}
            )
            self.connection.execute(
                sa.update(ARTICLE).where(ARTICLE.c.pk == sa.bindparam("b_pk")),
                [
                    {**article_row(article, pk), "b_pk": article_pks[identity]}
                    for identity, (article, pk) in edited.items()
                ],
            )
        if fresh:
            rows = [article_row(article, pk) for article, pk in fresh.values()]
            statement = sa.insert(ARTICLE).returning(ARTICLE.c.pk, sort_by_parameter_order=True)
            new_pks = self.connection.execute(statement, rows).scalars().all()
            article_pks.update(zip(fresh, new_pks, strict=True))
            index.add(
                self.connection, {article_pks[i]: article for i, (article, _) in fresh.items()}
            )
        texts = [
            {"article_pk": article_pks[identity], "html": article.html, "text": article.text}
            for identity, (article, _) in articles.items()
            if article.kept == "text"
        ]
        upsert(self.connection, TEXT, texts, ["article_pk"])
        self.save_revisions([(article_pks[i], r) for c in changes for i, r in c.revised])
        known_by = self._keys_of(article_pks[i] for c in changes for i in c.keys if i not in fresh)
        keys = [
            {"key": key, "article_pk": article_pks[identity]}
            for change in changes
            for identity, its_keys in change.keys.items()
            if known_by.get(article_pks[identity], 0) < _MOST_KEYS
            for key in its_keys
        ]
        upsert(self.connection, MATCH_KEY, keys, ["key", "article_pk"])
        changed(self.connection, [pks[c.story.id] for c in changes if c.story.id in known])
        return pks

    def _keys_of(self, pks: Iterable[int]) -> dict[int, int]:
        """How many match keys these articles have already."""
        pk = MATCH_KEY.c.article_pk
        select = sa.select(pk, sa.func.count().label("keys")).group_by(pk)
        return {row["article_pk"]: row["keys"] for row in self._in(select, pk, set(pks))}

    def _insert_stories(self, stories: Sequence[Story]) -> dict[str, int]:
        if not stories:
            return {}
        statement = sa.insert(STORY).returning(STORY.c.pk, sort_by_parameter_order=True)
        rows = [story_row(story) for story in stories]
        pks = self.connection.execute(statement, rows).scalars().all()
        return {story.id: pk for story, pk in zip(stories, pks, strict=True)}

    def _article_pks(self, changes: Iterable[Change]) -> dict[tuple[str, str], int]:
        """The primary keys of the articles of these stories that are stored already."""
        entry_ids: dict[str, list[str]] = defaultdict(list)
        for change in changes:
            for article in change.story.articles:
                entry_ids[article.source].append(article.entry_id)
        columns = (ARTICLE.c.pk, ARTICLE.c.source, ARTICLE.c.entry_id)
        return {
            (row["source"], row["entry_id"]): row["pk"]
            for source, ids in entry_ids.items()
            for row in self._in(
                sa.select(*columns).where(ARTICLE.c.source == source), ARTICLE.c.entry_id, ids
            )
        }

    # --- topics ---

    def save_admissions(self, admissions: Iterable[tuple[int, Admission, Because]]) -> None:
        """Admit stories (by primary key) to topics, with the evidence; an admission that exists
        keeps its date (law 10).
        """
        rows: list[dict[str, Any]] = [
            {
                "topic": admission.topic,
                "story_pk": pk,
                "evidence": because.evidence,
                "admitted_at": admission.admitted_at,
                "due_at": admission.due_at,
            }
            for pk, admission, because in admissions
        ]
        with recounting(self.connection, {row["story_pk"] for row in rows}):
            upsert(self.connection, ADMISSION, rows, ["topic", "story_pk"])

    def save_evidence(self, pk: int, because: Because) -> None:
        """Replace the evidence of an admission."""
        self.connection.execute(
            sa.update(ADMISSION)
            .where(ADMISSION.c.topic == because.topic, ADMISSION.c.story_pk == pk)
            .values(evidence=because.evidence)
        )

    def withdraw(self, topic: str, pks: Collection[int]) -> None:
        """Take stories out of a topic."""
        its = ADMISSION.c.topic == topic
        with recounting(self.connection, pks):
            for some in chunks(pks):
                self.connection.execute(
                    sa.delete(ADMISSION).where(its, ADMISSION.c.story_pk.in_(some))
                )

    def save_topics(self, topics: Iterable[TopicState]) -> None:
        """Put these in the place of what is known."""
        upsert(self.connection, TOPIC, [asdict(topic) for topic in topics], ["key"])

    def rename_topic(self, old: str, new: str) -> None:
        """Give everything a topic has to its new key (B1.4)."""
        named_in = (ADMISSION, TOPIC_DAY, STAGED, RETAGGING)
        for column in (*(table.c.topic for table in named_in), TOPIC.c.key):
            rename = sa.update(column.table).where(column == old)
            self.connection.execute(rename.values({column.name: new}))

    def touch_topics(
        self, keys: Collection[str], now: dt.datetime, *, removed: bool = False
    ) -> None:
        """Say that what is published of these topics has changed."""
        values: dict[str, Any] = {"changes": TOPIC.c.changes + 1}
        if removed:
            values["removed_at"] = now
        for some in chunks(keys):
            self.connection.execute(sa.update(TOPIC).where(TOPIC.c.key.in_(some)).values(values))

    # --- search ---

    def index_more(self, most: int) -> int:
        """Index the next articles that search does not find yet, the newest of them first; how
        many there were.
        """
        return index.index_more(self.connection, most)

    # --- the whole ---

    def set_meta(self, key: str, value: str) -> None:
        """Remember a fact about the whole."""
        upsert(self.connection, META, [{"key": key, "value": value}], ["key"])

    def advance(self) -> None:
        """Count the revision on: whoever shows the store knows that something has changed."""
        self.set_meta("revision", str(int(self.meta("revision") or 0) + 1))
        self.advanced = True
