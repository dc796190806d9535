"""What other thresholds for duplicates would have made of the articles of a database.

    uv run python -m benchmarks.backtest --database URL --set likeness._LOST_FOR_TITLE=0.25
        [--set copies.NEAREST=8 …] [--config feeds.yaml] [--most 50]

Reads the database, and writes nothing to it. All its articles are folded into stories twice, in the
order they were first seen, by the very code that records polls: as it is, and with the constants of
`aggregator.dedupe` that `--set` names (a Python expression; `dt` is datetime). Each time into a
database of its own beside the temporary files, so that memory does not grow; stories that hold
other articles the second time are printed. Both times the texts are those stored now: what was
edited since, or forgotten, was another then, and makes no difference between the two. What a person
has split or merged stays so both times, and so do, with `--config`, sources with `merge: never`.
"""

import argparse
import contextlib
import datetime as dt
import importlib
import pathlib
import pkgutil
import sqlite3
import sys
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, islice
from typing import Any, Final

import sqlalchemy as sa

from aggregator import dedupe
from aggregator.config.load import load_config
from aggregator.dedupe import copies
from aggregator.dedupe.keys import entry_key
from aggregator.dedupe.own import Identity
from aggregator.dedupe.settle import settle
from aggregator.dedupe.shelf import Change
from aggregator.model import (
    Article,
    Blocklist,
    FeedInfo,
    Fetched,
    MatchKey,
    PollState,
    Site,
    Source,
)
from aggregator.pipeline.by_hand import make_one
from aggregator.pipeline.commit import merge
from aggregator.pipeline.poll import Finished
from aggregator.pipeline.ports import Ask, Tell
from aggregator.pipeline.reading import Reading
from aggregator.pipeline.setup import Setup, set_up
from aggregator.polling.schedule import PollPolicy
from aggregator.publish.admission import AdmissionPolicy
from aggregator.store import SqlStore
from aggregator.store.by_hand import BOND, VETO
from aggregator.store.tables import ARTICLE

_TOGETHER: Final = 200  # documents of one transaction
_AT_ONCE: Final = 500  # articles read
_SITE: Final = Site("Backtest", "https://backtest.example/", "tag:backtest.example,2026:", None)


@dataclass(frozen=True)
class ByHand:
    """What a person has decided: by whom stories were founded, for these are what stays the same
    when all is folded anew.
    """

    vetoes: Mapping[Identity, frozenset[MatchKey]]  # what joins no story in which the founder is
    merges: Mapping[Identity, frozenset[Identity]]  # founders whose stories are one, both ways


@dataclass(frozen=True)
class Told:
    """One article of a story: what is printed of it."""

    title: str
    source: str
    published: str
    story: int  # which it is in by the thresholds in force
    other: int  # and by the others


# --- other thresholds ----------------------------------------------------------------------------


@contextlib.contextmanager
def thresholds(settings: Iterable[str]) -> Iterator[None]:
    """Other constants for a while, wherever they were imported to.

    Raises ValueError for what is no constant of `aggregator.dedupe`, or of another type.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for setting in settings:
            name, _, said = setting.partition("=")
            module_name, _, constant = name.strip().rpartition(".")
            was, value = _constant(module_name, constant), eval(said, {"dt": dt})
            if not isinstance(value, int | float if isinstance(was, int | float) else type(was)):
                raise ValueError(f"{name} is {was!r}, which {value!r} cannot stand for")  # noqa: TRY004
            for module in _modules():
                its_own = module.__name__.endswith(f".{module_name}")
                imported = not constant.startswith("_") and vars(module).get(constant) == was
                if its_own or imported:
                    before.append((module, constant, was))
                    setattr(module, constant, value)
        copies._wording.cache_clear()  # noqa: SLF001 - made by what may be changed
        yield
    finally:
        for module, constant, was in reversed(before):
            setattr(module, constant, was)
        copies._wording.cache_clear()  # noqa: SLF001 - as above


def _modules() -> list[Any]:
    return [
        importlib.import_module(f"{dedupe.__name__}.{one.name}")
        for one in pkgutil.iter_modules(dedupe.__path__)
    ]


def _constant(module_name: str, constant: str) -> Any:
    for module in _modules():
        if module.__name__.rpartition(".")[2] == module_name and constant.strip("_").isupper():
            with contextlib.suppress(KeyError):
                return vars(module)[constant]
    known = ", ".join(
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in _modules()
        for name, value in vars(module).items()
        if name.strip("_").isupper() and isinstance(value, int | float | tuple | dt.timedelta)
    )
    raise ValueError(f"there is no {module_name}.{constant}; there is {known}")


# --- folding anew --------------------------------------------------------------------------------


def documents(store: SqlStore) -> Iterator[list[Article]]:
    """The articles of a store, those together that one poll brought, oldest first."""
    select = sa.select(ARTICLE.c.pk).order_by(
        ARTICLE.c.first_seen_at, ARTICLE.c.source, ARTICLE.c.pk
    )
    with store.reading() as ask:
        pks = array("q", ask.connection.execute(select).scalars())
    for _, document in groupby(_articles(store, pks), lambda one: (one.source, one.first_seen_at)):
        yield [replace(one, joined=None) for one in document]


def _articles(store: SqlStore, pks: Sequence[int]) -> Iterator[Article]:
    for first in range(0, len(pks), _AT_ONCE):
        some = pks[first : first + _AT_ONCE]
        with store.reading() as ask:
            found = ask.articles(some)
        yield from (found[pk][1] for pk in some if pk in found)


def replay(given: SqlStore, into: SqlStore, setup: Setup) -> None:
    """Fold all articles of one store into another, which is empty; what a person has split stays
    split, and what he has merged is merged.
    """
    waiting, decided = documents(given), by_hand(given)
    while some := list(islice(waiting, _TOGETHER)):
        with into.writing() as tell:
            for document in some:
                one = _finished(document)
                for change in merge(tell, [one], setup, one.finished_at).changes:
                    _decide(tell, setup, decided, change, one.finished_at)


def by_hand(store: SqlStore) -> ByHand:
    """What a person has decided about the stories of a store."""
    with store.reading() as ask:
        vetoing = ask.connection.execute(sa.select(VETO.c.story_pk).distinct()).scalars().all()
        bonded = sa.select(ARTICLE.c.source, ARTICLE.c.entry_id, ARTICLE.c.story_pk).join(
            BOND, BOND.c.article_pk == ARTICLE.c.pk
        )
        gone = [((r.source, r.entry_id), r.story_pk) for r in ask.connection.execute(bonded)]
        stories = ask.stories({*vetoing, *(pk for _, pk in gone)}, ())
        founders = {pk: story.articles[0].identity for pk, story in stories.items()}
        vetoes = {founders[pk]: keys for pk, keys in ask.vetoes(vetoing).items()}
    merges: dict[Identity, set[Identity]] = defaultdict(set)
    for founder, pk in gone:
        merges[founder].add(founders[pk])
        merges[founders[pk]].add(founder)
    return ByHand(vetoes, {one: frozenset(others) for one, others in merges.items()})


def _decide(tell: Tell, setup: Setup, by_hand: ByHand, change: Change, at: dt.datetime) -> None:
    """Do to a story that has just got articles what a person has done."""
    for article in change.added:
        identity = article.identity
        if vetoed := by_hand.vetoes.get(identity):
            tell.veto(tell.story_pks([change.story.id])[change.story.id], vetoed)
        for other in by_hand.merges.get(identity, ()):
            pks = {_founded_by(tell, one) for one in (identity, other)}
            if None not in pks and len(pks) == 2:
                make_one(tell, setup, [pk for pk in pks if pk is not None], at)


def _founded_by(ask: Ask, identity: Identity) -> int | None:
    """Where the story is that an article has founded; None where it has not, by these thresholds,
    or not yet.
    """
    key = entry_key(*identity)
    found = (
        one for one in ask.sightings([key]).get(key, ()) if identity == (one.source, one.entry_id)
    )
    pk = next((one.story_pk for one in found), None)
    if pk is None:
        return None
    founder = ask.stories([pk], ())[pk].articles[0].identity
    return pk if identity == founder or identity in ask.bonds(pk) else None


def _finished(document: list[Article]) -> Finished:
    key, at = document[0].source, document[0].first_seen_at
    source = Source(key=key, url=f"https://{key}.example/", title=key)
    return Finished(
        source=source,
        state=PollState(key, source.url, next_poll_at=at, succeeded_at=at),
        result=Fetched(source.url, {}, b""),
        finished_at=at,
        reading=Reading(FeedInfo(), len(document), settle(document)),
    )


# --- what is other -------------------------------------------------------------------------------


_PAIRS: Final = "main.article AS a JOIN other.article AS b USING (source, entry_id)"
_CHANGED: Final = f"""
    SELECT a.title, a.source, a.published, a.story_pk, b.story_pk FROM {_PAIRS}
    WHERE {{one}}.story_pk IN (
        SELECT {{one}}.story_pk FROM {_PAIRS} GROUP BY {{one}}.story_pk
        HAVING count(DISTINCT {{two}}.story_pk) > 1
    ) ORDER BY {{one}}.story_pk, {{two}}.story_pk, a.pk
"""


@contextlib.contextmanager
def side_by_side(one: pathlib.Path, other: pathlib.Path) -> Iterator[sqlite3.Connection]:
    """Two databases that the same articles were folded into."""
    with contextlib.closing(sqlite3.connect(one)) as opened:
        opened.execute("ATTACH ? AS other", (str(other),))
        yield opened


def merging(opened: sqlite3.Connection) -> Iterator[list[Told]]:
    """Articles of several stories that would be one."""
    yield from _changed(opened, _CHANGED.format(one="b", two="a"), lambda told: told.other)


def parting(opened: sqlite3.Connection) -> Iterator[list[Told]]:
    """Articles of one story that would be of several."""
    yield from _changed(opened, _CHANGED.format(one="a", two="b"), lambda told: told.story)


def _changed(
    opened: sqlite3.Connection, select: str, by: Callable[[Told], int]
) -> Iterator[list[Told]]:
    for _, group in groupby((Told(*row) for row in opened.execute(select)), by):
        yield list(group)


def show(what: str, groups: Iterator[list[Told]], by: Callable[[Told], int], most: int) -> None:
    stories = 0
    for number, group in enumerate(groups, 1):
        stories = number
        if number > most:
            continue
        print(f"\n{what}:")
        for story, its in groupby(group, by):
            for told in its:
                print(f"  {story:>8}  {told.published:.16} {told.source}: {told.title}")
    print(f"\n{what}: {stories}" + (f", {most} of them shown" if stories > most else ""))


def setup_of(config: pathlib.Path | None) -> Setup:
    """What decides beside the thresholds: priorities, and what is set for each source. Without
    topics, which have no part in it.
    """
    sources = load_config(config, {}).sources if config else {}
    return set_up(_SITE, sources, {}, Blocklist(), PollPolicy(), AdmissionPolicy())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True)
    parser.add_argument("--set", action="append", default=[], metavar="MODULE.NAME=VALUE")
    parser.add_argument("--config", type=pathlib.Path)
    parser.add_argument("--most", type=int, default=50, help="stories printed of each kind")
    args = parser.parse_args()
    try:
        with thresholds(args.set):
            pass
    except ValueError as wrong:
        sys.exit(str(wrong))
    given, setup = SqlStore(args.database, read_only=True), setup_of(args.config)
    with tempfile.TemporaryDirectory() as folder:
        made = {name: pathlib.Path(folder) / f"{name}.db" for name in ("in-force", "other")}
        for path, settings in zip(made.values(), ([], args.set), strict=True):
            with thresholds(settings):
                into = SqlStore(f"sqlite:///{path}")
                replay(given, into, setup)
            with into.reading() as ask:
                said = ", ".join(settings) or "in force"
                print(f"{ask.story_count():,} stories of {ask.count(ARTICLE):,} articles: {said}")
            into.close()
        with side_by_side(*made.values()) as opened:
            show("would be one story", merging(opened), lambda told: told.story, args.most)
            show("would fall apart", parting(opened), lambda told: told.other, args.most)
    given.close()


if __name__ == "__main__":
    main()
