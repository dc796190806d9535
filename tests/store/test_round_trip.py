"""Law 7: value → row → value is the identity. A new field fails here until it has its column."""

import datetime as dt
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from aggregator.dedupe.retired import left_of
from aggregator.dedupe.shelf import Change
from aggregator.model import (
    Article,
    Asking,
    Category,
    Conditions,
    Days,
    Failure,
    FailureKind,
    FeedInfo,
    Freshness,
    Health,
    HeldEdits,
    HostState,
    Hub,
    Joined,
    Media,
    Move,
    PollState,
    Revision,
    Rhythm,
    Story,
    Subscription,
    Validators,
)
from aggregator.pipeline.tagging import document_of
from aggregator.store import SqlStore
from aggregator.store.tables import ARTICLE
from tests.values import NOON, article

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
some_text = st.one_of(st.none(), texts)
moments = st.datetimes(
    dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1), timezones=st.just(dt.UTC)
).map(lambda moment: moment.replace(microsecond=0))
lengths = st.integers(0, 10**8).map(lambda seconds: dt.timedelta(seconds=seconds))
infos = st.builds(FeedInfo, texts, *[some_text] * 8, withheld=st.booleans())
failures = st.builds(
    Failure,
    st.sampled_from(FailureKind),
    st.sampled_from(["dns", "headers", "parse"]),
    texts,
    st.one_of(st.none(), st.integers(100, 599)),
    st.one_of(st.none(), lengths),
    some_text,
    some_text,
    st.integers(0, 10**9),
    st.floats(0, 1000),
)
counts = st.floats(0, 1e6)
rhythms = st.builds(
    Rhythm,
    st.one_of(st.none(), moments),
    *[st.lists(counts, max_size=24).map(tuple)] * 4,
    counts,
    counts,
)
maybe = st.one_of(st.none(), moments)
hubs = st.builds(Hub, texts.filter(bool), texts)
states = st.builds(
    PollState,
    source=texts,
    listed_url=st.just("https://a.example/feed"),
    next_poll_at=st.one_of(st.none(), moments),
    lease_until=st.one_of(st.none(), moments),
    leased_by=some_text,
    polled_at=st.one_of(st.none(), moments),
    succeeded_at=st.one_of(st.none(), moments),
    validators=st.one_of(
        st.none(), st.builds(Validators, texts.filter(bool), some_text, some_text)
    ),
    body_digest=some_text,
    freshness=st.builds(
        Freshness,
        st.one_of(st.none(), lengths),
        st.one_of(st.none(), lengths),
        st.lists(st.integers(0, 23)).map(tuple),
        st.lists(st.integers(0, 6)).map(tuple),
        st.booleans(),
    ),
    rhythm=rhythms,
    arrivals=st.lists(moments, max_size=20).map(tuple),
    articles=st.integers(0, 10**9),
    failures=st.integers(0, 10**6),
    failing_since=st.one_of(st.none(), moments),
    failure=st.one_of(st.none(), failures),
    not_before=st.one_of(st.none(), moments),
    health=st.sampled_from(Health),
    health_since=st.one_of(st.none(), moments),
    info=infos,
    conditions=st.builds(
        Conditions, st.sampled_from(Asking), maybe, st.integers(0, 9), maybe, maybe
    ),
    move=st.one_of(
        st.none(),
        st.builds(
            Move,
            st.just("https://b.example/"),
            moments,
            st.booleans(),
            st.integers(1, 99),
            maybe,
        ),
    ),
    days=st.builds(
        Days,
        st.one_of(st.none(), st.dates()),
        st.lists(st.integers(0, 999), max_size=28).map(tuple),
    ),
    hub=st.one_of(st.none(), hubs),
    by_push=st.lists(st.booleans(), max_size=3).map(tuple),
    held_edits=st.one_of(
        st.none(),
        st.builds(
            HeldEdits,
            moments,
            st.dictionaries(texts, moments, max_size=3),
            st.lists(texts, max_size=3).map(tuple),
        ),
    ),
)
subscriptions = st.builds(
    Subscription,
    token=texts,
    source=texts,
    feed=texts,
    hub=hubs,
    callback=texts,
    secret=some_text,
    state=st.sampled_from(["asked", "active", "lapsing", "leaving", "gone", "denied"]),
    next_at=st.one_of(st.none(), moments),
    requests=st.integers(0, 10**6),
    asked_at=st.one_of(st.none(), moments),
    verified_at=st.one_of(st.none(), moments),
    lease_until=st.one_of(st.none(), moments),
    failure=some_text,
)
media = st.builds(
    Media, texts, some_text, st.sampled_from(["image", "audio", "video", "other"]),
    *[st.one_of(st.none(), st.integers(0, 10**12))] * 4, some_text, some_text, st.booleans(),
)  # fmt: skip
articles = st.builds(
    Article,
    source=texts,
    entry_id=texts,
    declared_id=some_text,
    url=some_text,
    title=texts,
    summary=texts,
    html=texts,
    text=texts,
    first_seen_at=moments,
    published=moments,
    updated=moments,
    digest=texts,
    authors=st.lists(texts, max_size=3).map(tuple),
    categories=st.lists(st.builds(Category, texts, some_text, some_text), max_size=3).map(tuple),
    media=st.lists(media, max_size=2).map(tuple),
    lang=some_text,
    comments=some_text,
    rights=some_text,
    origin=st.one_of(st.none(), infos),
    withheld=st.booleans(),
    at_home=st.booleans(),
    joined=st.one_of(
        st.none(),
        st.builds(Joined, st.sampled_from(["page", "id"])),
        st.builds(Joined, st.just("text"), st.floats(0, 1)),
    ),
    said=st.lists(texts, max_size=3).map(tuple),
)
revisions = st.lists(
    st.builds(Revision, texts, moments, texts, texts),
    max_size=4,
    unique_by=(lambda one: one.digest, lambda one: one.until),
)
articles = st.one_of(articles, st.builds(left_of, articles, st.sampled_from(["summary", "title"])))
SLOW = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(states)
def test_law_7_a_poll_state_comes_back_as_it_went(store: SqlStore, state: PollState) -> None:
    with store.writing() as tell:
        tell.save_states([state])
    with store.reading() as ask:
        assert ask.states([state.source]) == {state.source: state}


@SLOW
@given(subscriptions)
def test_law_7_a_subscription_comes_back_as_it_went(store: SqlStore, one: Subscription) -> None:
    with store.writing() as tell:
        tell.save_subscriptions([one])
    with store.reading() as ask:
        assert ask.subscription(one.token) == one
        assert one in ask.subscriptions()
    with store.writing() as tell:
        tell.forget_subscriptions([one.token])
        assert tell.subscription(one.token) is None


@SLOW
@given(articles, moments)
def test_law_7_a_story_comes_back_as_it_went(
    store: SqlStore, told: Article, updated: dt.datetime
) -> None:
    story = Story(f"id:{told.source}:{told.entry_id}", (told,), NOON, NOON, updated)
    with store.writing() as tell:
        known = tell.story_pks([story.id])
        edited = (told,) if known else ()
        change = Change(story, not known, added=() if known else (told,), edited=edited)
        (pk,) = tell.save_changes([change], known).values()
    with store.reading() as ask:
        assert ask.stories([pk]) == {pk: replace(story, first_seen_at=NOON)}


@SLOW
@given(articles, revisions)
def test_law_7_revisions_come_back_as_they_went(
    store: SqlStore, told: Article, said: list[Revision]
) -> None:
    story = Story(f"id:{told.source}:{told.entry_id}", (told,), NOON, NOON, NOON)
    with store.writing() as tell:
        known = tell.story_pks([story.id])
        added = () if known else (told,)
        revised = tuple((told.identity, one) for one in said)
        pks = tell.save_changes([Change(story, not known, added=added, revised=revised)], known)
        found = tell.revisions(pks.values())
        tell.forget_revisions(tell.connection.execute(sa.select(ARTICLE.c.pk)).scalars())
        assert tell.revisions(pks.values()) == {}

    by_age = tuple(sorted(said, key=lambda one: one.until))
    assert found == ({told.identity: by_age} if said else {})


@SLOW
@given(articles)
def test_the_wording_of_an_article_is_all_that_topics_look_at(
    store: SqlStore, told: Article
) -> None:
    story = Story(f"id:{told.source}:{told.entry_id}", (told,), NOON, NOON, NOON)
    with store.writing() as tell:
        known = tell.story_pks([story.id])
        edited = (told,) if known else ()
        change = Change(story, not known, added=() if known else (told,), edited=edited)
        (pk,) = tell.save_changes([change], known).values()
    with store.reading() as ask:
        (wording,) = ask.wordings([pk])[pk]

    assert document_of(wording, None) == document_of(told, None)


@SLOW
@given(
    st.builds(
        HostState,
        texts,
        st.one_of(st.none(), moments),
        st.booleans(),
        st.integers(0, 99),
        st.lists(st.tuples(texts, moments), max_size=3).map(tuple),
    )
)
def test_law_7_a_hosts_clock_comes_back_as_it_went(store: SqlStore, state: HostState) -> None:
    with store.writing() as tell:
        tell.save_hosts([state])
    with store.reading() as ask:
        assert ask.hosts([state.host]) == {state.host: state}


def test_a_moment_without_a_zone_is_refused(store: SqlStore) -> None:
    naive = replace(article(), published=dt.datetime(2026, 1, 1))
    story = Story("x", (naive,), NOON, NOON, NOON)
    with pytest.raises(StatementError, match="without a zone"), store.writing() as tell:
        tell.save_changes([Change(story, True, added=(naive,))], {})
