"""Recording finished polls: one transaction for one or many, all or nothing.

Stories with these keys ─▶ reconcile ─▶ tag ─▶ admissions ─▶ poll states; the validators of a
document are saved with its entries, never before (law 1, A1.5).
"""

import datetime as dt
import functools
import traceback
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ..dedupe.apart import Apart
from ..dedupe.copies import copies_to_load, telling
from ..dedupe.reconcile import News, news_of, reconcile, wanted_keys, worth_loading
from ..dedupe.settle import Arrival
from ..dedupe.shelf import Change
from ..model import (
    Admission,
    Article,
    Because,
    Failure,
    FailureKind,
    Fetched,
    HeldEdits,
    MatchKey,
    PollReport,
    PollState,
    Sighting,
    Story,
)
from ..polling.hubs import hub_of
from ..polling.outcome import Outcome, after_poll
from ..polling.pushes import with_pushes
from ..publish.admission import admit
from ..publish.desk import Desk
from ..publish.feed import lead_of
from ..publish.ids import minted_id, own_id
from .desks import desk_for, note_names
from .held import held
from .history import changes as changes_of_health
from .hosts import save_hosts
from .poll import Finished
from .ports import Chance, Store, Tell
from .report import report_of
from .retag import say
from .setup import Setup
from .tagging import tag
from .turnover import alerts, held_edits, may_turn_over, room, with_held, without_edits
from .vetoes import hand_on, vetoes_on


def commit(
    store: Store, finished: Sequence[Finished], setup: Setup, chance: Chance
) -> list[PollReport]:
    """Record finished polls together; where that fails, each by itself, so that a poll that
    cannot be recorded costs no other (law 11).
    """
    try:
        with store.writing() as tell:
            return _record(tell, finished, setup, chance)
    except Exception as wrong:  # noqa: BLE001 - law 11: it becomes the failure of its source
        if len(finished) == 1:
            return [_record_failure(store, finished[0], wrong, setup, chance)]
    return [report for one in finished for report in commit(store, [one], setup, chance)]


def _record_failure(
    store: Store, one: Finished, wrong: Exception, setup: Setup, chance: Chance
) -> PollReport:
    """What came cannot be stored: a fault of ours, shown as the source's failure."""
    if isinstance(one.result, Failure):
        raise wrong  # not even a failure can be recorded: the database is away
    place = traceback.extract_tb(wrong.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    said = str(wrong).partition("\n")[0]  # the statement behind it is nobody's business
    detail = f"cannot be stored: {type(wrong).__name__} at {where}: {said}"[:500]
    failure = Failure(FailureKind.INTERNAL, "store", detail)
    failed = replace(one, result=failure, reading=None, body_digest=None)
    with store.writing() as tell:
        return _record(tell, [failed], setup, chance)[0]


def _record(
    tell: Tell, finished: Sequence[Finished], setup: Setup, chance: Chance
) -> list[PollReport]:
    now = max(one.finished_at for one in finished).replace(microsecond=0)
    stored = tell.states([one.source.key for one in finished])
    finished = [
        replace(one, state=with_pushes(one.state, stored.get(one.source.key))) for one in finished
    ]
    merged = merge(tell, finished, setup, now)
    changes = merged.changes
    added = _by_source(article for change in changes for article in change.added)
    edited = _by_source(article for change in changes for article in change.edited)
    founded = _by_source(change.added[0] for change in changes if change.is_new)
    states = [
        with_held(
            _after(one, added.get(one.source.key, []), setup, chance()),
            one.state,
            merged.held.get(one.source.key),
        )
        for one in finished
    ]
    states = save_hosts(tell, finished, states, setup, chance)
    states = [held(state, setup, now) for state in states]
    reports: list[PollReport] = []
    for one, state in zip(finished, states, strict=True):
        key = one.source.key
        reports.append(
            report_of(one, state, setup, *(len(d.get(key, ())) for d in (founded, added, edited)))
        )
    before = [one.state for one in finished]
    tell.save_health_changes(changes_of_health(before, states, now) + alerts(before, states, now))
    for listed in (True, False):  # feeds.yaml may have dropped a source while it was asked
        tell.save_states(
            (state for state in states if (state.source in setup.sources) is listed), listed=listed
        )
    if note_names(tell, before, states):
        tell.touch_topics(setup.published_topics, now)  # they name their sources
    tell.advance()
    return reports


@dataclass(frozen=True, slots=True)
class Merged:
    """What documents changed, and what of them is held back (B3.7), by source."""

    changes: list[Change]
    held: Mapping[str, HeldEdits]


def merge(tell: Tell, finished: Sequence[Finished], setup: Setup, now: dt.datetime) -> Merged:
    """Fold what was read into the stories, and these into their topics."""
    documents = [one.reading.arrivals if one.reading else () for one in finished]
    changes, known, vetoes = _reconciled(tell, documents, setup)
    many_edits = may_turn_over(changes)
    # What one document founds may be kept from the next; and each is judged by its own edits.
    if (vetoes or many_edits) and len(finished) > 1:
        each = [merge(tell, [one], setup, now) for one in finished]
        changes = [change for one in each for change in one.changes]
        return Merged(changes, {key: held for one in each for key, held in one.held.items()})
    held: dict[str, HeldEdits] = {}
    if many_edits:
        (one,) = finished
        ours = say(tell, setup).ours
        if waits := held_edits(tell, setup, one.state, changes, known, ours, now):
            held[one.source.key] = waits
            changes = without_edits(one.source.key, changes, known)
    first = {one.source.key for one in finished if one.state.succeeded_at is None}
    save_stories(tell, changes, {s.id: pk for pk, s in known.items()}, setup, now, first)
    hand_on(tell, changes, vetoes)
    return Merged(changes, held)


def _reconciled(
    tell: Tell, documents: Sequence[Sequence[Arrival]], setup: Setup
) -> tuple[list[Change], dict[int, Story], dict[int, frozenset[MatchKey]]]:
    """What the arrivals change; the stories that were known, and the vetoes."""
    sightings = tell.sightings(wanted_keys(documents))
    news = [news_of(document, sightings) for document in documents]
    vetoes = tell.refusing(vetoes_on(news))
    keys = wanted_keys(document.arrivals for document in news)
    wanted = {key: worth_loading(sightings[key]) for key in keys if key in sightings}
    news, copies = _with_copies(tell, news)
    wanted |= copies
    stories = tell.stories({s.story_pk for found in wanted.values() for s in found} | vetoes.keys())
    articles = {a.identity: (story, a) for story in stories.values() for a in story.articles}
    known = {key: [articles[s.source, s.entry_id] for s in found] for key, found in wanted.items()}
    ours = setup.site.id
    own = (own_id(arrival.article, ours) for document in news for arrival in document.arrivals)
    taken = set(tell.story_pks({said for said in own if said is not None}))

    def new_id(article: Article) -> str:
        said = own_id(article, ours)
        if said is None or said in taken:
            said = minted_id(article, ours)
        taken.add(said)
        return said

    @functools.cache
    def desk() -> Desk:
        return desk_for(tell, setup, stories.values())

    def lead(story: Story) -> Article:
        return lead_of(story, desk())

    apart = Apart({stories[pk].id: keys for pk, keys in vetoes.items()}, setup.unmerged)
    return reconcile(news, known, lead, new_id, apart), stories, vetoes


def _with_copies(
    tell: Tell, news: Sequence[News]
) -> tuple[list[News], dict[MatchKey, list[Sighting]]]:
    """The news, and the articles they may be copies of, by keys of their texts."""
    found = tell.sightings(
        {key for document in news for arrival in document.arrivals for key in arrival.text_keys}
    )
    if not found:
        return list(news), {}
    news = [replace(document, arrivals=telling(document.arrivals, found)) for document in news]
    return news, copies_to_load((a for document in news for a in document.arrivals), found)


def save_stories(
    tell: Tell,
    changes: Sequence[Change],
    known: Mapping[str, int],
    setup: Setup,
    now: dt.datetime,
    first: Collection[str] = (),
) -> None:
    """Stories, and how they now stand in their topics. `known`: primary keys of those that are
    stored; `first`: sources that were asked for the first time.
    """
    entering: dict[tuple[str, str], list[tuple[Story, Because]]] = defaultdict(list)
    touched: set[str] = set()
    shrunk: set[str] = set()
    topics = say(tell, setup)
    pks = tell.save_changes(changes, known)
    changed = [pks[change.story.id] for change in changes]
    tell.look_again(topics.under_way, set(changed) & set(known.values()))
    tell.look_again(topics.elsewhere, changed)
    for change in changes:
        story = replace(change.story, topics=tag(change.story, setup))
        stands = {because.topic: because for because in change.story.topics}
        before = {topic: stands[topic] for topic in stands.keys() & topics.ours}
        pk = pks[story.id]
        after = {because.topic: because for because in story.topics if because.topic in topics.ours}
        bringer = (change.added or change.edited or story.articles)[0].source
        for topic, because in after.items():
            if topic not in before:
                entering[topic, bringer].append((story, because))
            elif because != before[topic]:
                tell.save_evidence(pk, because)
        for topic in before.keys() - after.keys():
            tell.withdraw(topic, [pk])
            shrunk.add(topic)
        touched |= (stands.keys() - before.keys()) | (after.keys() & before.keys())
    admitted: list[tuple[int, Admission, Because]] = []
    coming = Counter(topic for (topic, _), pairs in entering.items() for _ in pairs)
    left = {topic: room(tell, topic, number, now) for topic, number in coming.items()}
    for (topic, source), pairs in entering.items():
        reasons = {story.id: because for story, because in pairs}
        admissions = admit(
            topic,
            [story for story, _ in pairs],
            now,
            setup.admission,
            first_poll=source in first,
            room=(free := left[topic]),
        )
        admitted += [(pks[a.story], a, reasons[a.story]) for a in admissions]
        if free is not None:
            left[topic] = free - sum(admission.admitted_at is not None for admission in admissions)
        if any(admission.admitted_at for admission in admissions):
            touched.add(topic)
    tell.save_admissions(admitted)
    tell.touch_topics(touched, now)
    tell.touch_topics(shrunk, now, removed=True)


def _by_source(articles: Iterable[Article]) -> dict[str, list[Article]]:
    found: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        found[article.source].append(article)
    return found


def _after(one: Finished, added: Sequence[Article], setup: Setup, jitter: float) -> PollState:
    """The source's new state. Of the very first batch the entries' own dates tell the rhythm: they
    were all seen at once (A3).
    """
    first = one.state.succeeded_at is None
    reading = one.reading
    outcome = Outcome(
        result=one.result,
        body_digest=one.body_digest,
        read=reading is not None,
        arrivals=tuple(a.published if first else a.first_seen_at for a in added),
        asked=one.asked,
        shared=reading is not None and len(reading.arrivals) > len(added),
    )
    if isinstance(one.result, Fetched):
        said = (reading.hubs, reading.topic) if reading else ((), None)
        outcome = replace(outcome, hub=hub_of(one.result.headers, *said, one.result.url))
    if reading is not None:
        outcome = replace(
            outcome,
            info=reading.info,
            ttl=reading.ttl,
            skip_hours=reading.skip_hours,
            skip_days=reading.skip_days,
            complete=reading.complete,
        )
    return after_poll(one.state, one.source, outcome, one.finished_at, setup.polling, jitter)
