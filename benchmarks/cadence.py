"""How soon news is found, at an equal number of polls: ours, and the rules of others.

    uv run python benchmarks/cadence.py [POLLS-A-DAY …]

A thousand sources for 28 days, from one entry a month to 200 a day (evenly on the logarithm), each
with hours of the day and days of the week of its own, bursts and silences; the seed is fixed. Each
rule learns from what it may see: a first document of 30 entries with their dates, then what each
poll finds. All are held to MIN of an hour, MAX of a day, and jitter that only delays. A rule's wait
is scaled until all of them ask equally often; delays are of entries, from publication to discovery.
"""

import datetime as dt
import itertools
import math
import random
import statistics
import sys
from bisect import bisect_right
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from aggregator.model import Freshness
from aggregator.polling.rhythm import first_learned, is_known, learned, wait_by
from aggregator.polling.schedule import PollPolicy, next_poll, wait_for

SOURCES, DAYS, BEFORE, SEED = 1000, 28, 400, 3
FIRST = 30  # entries of a document
START = dt.datetime(2026, 10, 5, tzinfo=dt.UTC)  # a Monday
HOUR, DAY, WEEK = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(days=7)
POLICY = PollPolicy()


@dataclass(frozen=True)
class Simulated:
    """A source: its entries in order, and what only the oracle knows: entries expected in each
    hour from START on.
    """

    entries: Sequence[dt.datetime]
    intensity: Sequence[float]


def simulated(number: int) -> Simulated:
    """The source of this number, always the same."""
    chance = random.Random(f"{SEED} {number}")
    rate = math.exp(chance.uniform(math.log(1 / 30), math.log(200)))  # entries a day
    by_hour, by_day = _habits(chance)
    hours = [by_hour[h % 24] * by_day[h // 24 % 7] for h in range(7 * 24)]
    scale = rate / 24 / statistics.fmean(hours)
    intensity = [scale * hours[h % 168] for h in range(-BEFORE * 24, (DAYS + 2) * 24)]
    _disturb(intensity, chance)
    entries = [
        START + (h - BEFORE * 24 + chance.random()) * HOUR
        for h, expected in enumerate(intensity)
        for _ in range(_poisson(expected, chance))
    ]
    return Simulated(sorted(entries), intensity[BEFORE * 24 :])


def _habits(chance: random.Random) -> tuple[list[float], list[float]]:
    """How much a source posts in each hour of the day, and on each day of the week: newsrooms by
    day, wires round the clock, digests at their hour.
    """
    kind = chance.choices(["newsroom", "wire", "digest"], [6, 2, 2])[0]
    zone = chance.randrange(24)
    if kind == "newsroom":
        long = chance.uniform(8, 16)
        shape = [1.0 if hour < long else 0.05 for hour in range(24)]
        shape = [(shape[h - 1] + 2 * shape[h] + shape[(h + 1) % 24]) / 4 for h in range(24)]
    elif kind == "wire":
        shape = [1 + 0.3 * math.sin(2 * math.pi * hour / 24) for hour in range(24)]
    else:
        shape = [1.0 if hour in (0, 1) else 0.02 for hour in range(24)]
    weekend = chance.choice([1.0, 0.5, 0.15])
    return [shape[(h + zone) % 24] for h in range(24)], [1.0] * 5 + [weekend] * 2


def _disturb(intensity: list[float], chance: random.Random) -> None:
    """Bursts of some hours, about one in ten days; silences of some days, one in two months."""
    at = 0.0
    while (at := at + chance.expovariate(1 / 240)) < len(intensity):
        many, long = chance.uniform(3, 10), chance.randint(2, 8)
        for hour in range(int(at), min(int(at) + long, len(intensity))):
            intensity[hour] *= many
    at = 0.0
    while (at := at + chance.expovariate(1 / 1440)) < len(intensity):
        for hour in range(int(at), min(int(at) + chance.randint(24, 168), len(intensity))):
            intensity[hour] = 0.0


def _poisson(expected: float, chance: random.Random) -> int:
    count, product, limit = 0, chance.random(), math.exp(-expected)
    while product > limit:
        count += 1
        product *= chance.random()
    return count


# A rule looks at what is known at a poll, and says how long to wait; `scale` is its budget. It
# keeps what it likes from poll to poll.
Rule = Callable[[float, Simulated], "Waiting"]
Waiting = Callable[[Sequence[dt.datetime], dt.datetime, bool], dt.timedelta]


def fixed(scale: float, _of: Simulated) -> Waiting:
    return lambda new, now, first: 6 * HOUR * scale


def miniflux(scale: float, _of: Simulated) -> Waiting:
    """entry_frequency: the mean gap of the entries of the last week."""
    known: list[dt.datetime] = []

    def wait(new: Sequence[dt.datetime], now: dt.datetime, first: bool) -> dt.timedelta:
        known.extend(new)
        while known and known[0] < now - WEEK:
            known.pop(0)
        if len(known) < 2:
            return DAY
        gap = (known[-1] - known[0]) / (len(known) - 1)
        return WEEK / math.ceil(WEEK / max(gap, dt.timedelta(seconds=1))) * scale

    return wait


def commafeed(scale: float, _of: Simulated) -> Waiting:
    """empirical: half the mean gap of the document's entries, at most a quarter of a day."""
    known: list[dt.datetime] = []

    def wait(new: Sequence[dt.datetime], now: dt.datetime, first: bool) -> dt.timedelta:
        known[:] = [*known, *new][-FIRST:]
        idle = now - known[-1] if known else 30 * DAY
        for days, part in ((30, 1), (14, 2), (7, 4)):
            if idle >= days * DAY:
                return DAY / part * scale
        gap = (known[-1] - known[0]) / max(len(known) - 1, 1)
        return min(max(gap / 2, HOUR), DAY / 4) * scale

    return wait


def a3(scale: float, _of: Simulated) -> Waiting:
    """The formula of A3, as it is in the program."""
    known: list[dt.datetime] = []
    free = PollPolicy(min_interval=dt.timedelta(), max_interval=1000 * DAY)

    def wait(new: Sequence[dt.datetime], now: dt.datetime, first: bool) -> dt.timedelta:
        known[:] = [*known, *(new if first else [now] * len(new))][-20:]
        return wait_for(known, Freshness(), now, free) * scale

    return wait


def ours(scale: float, of: Simulated) -> Waiting:
    """The cadence of the program: by the source's rhythm, and by A3 until that is known."""
    rhythm = first_learned([], START)
    by_a3 = a3(1.0, of)

    def wait(new: Sequence[dt.datetime], now: dt.datetime, first: bool) -> dt.timedelta:
        nonlocal rhythm
        rhythm = first_learned(new, now) if first else learned(rhythm, len(new), now)
        unknown = by_a3(new, now, first)
        return wait_by(rhythm, now, HOUR * scale, DAY) if is_known(rhythm) else unknown

    return wait


def oracle(scale: float, of: Simulated) -> Waiting:
    """Knows how many entries to expect in every hour, bursts and silences too; not when."""

    def wait(new: Sequence[dt.datetime], now: dt.datetime, first: bool) -> dt.timedelta:
        at, unseen, left, begin = (now - START) / HOUR, 0.0, scale, (now - START) / HOUR
        while at < begin + 24:
            rate = of.intensity[min(int(at), len(of.intensity) - 1)]
            length = min(math.floor(at) + 1 - at, begin + 24 - at)
            grown = unseen * length + rate * length**2 / 2
            if grown >= left:
                root = math.sqrt(unseen**2 + 2 * rate * left)
                return (at - begin + 2 * left / (unseen + root)) * HOUR
            left, unseen, at = left - grown, unseen + rate * length, at + length
        return DAY

    return wait


RULES: dict[str, Rule] = {
    "fixed interval": fixed,
    "Miniflux entry_frequency": miniflux,
    "CommaFeed empirical": commafeed,
    "A3 formula": a3,
    "ours": ours,
    "oracle": oracle,
}


def watched(number: int, rule: str, scale: float) -> tuple[int, list[float]]:
    """The polls of one source in 28 days, and the delay of each entry in minutes."""
    source = _known(number)
    chance = random.Random(f"jitter {number}")
    wait = RULES[rule](scale, source)
    now = START + chance.random() * HOUR
    end = START + DAYS * DAY
    seen = bisect_right(source.entries, now)
    first, polls, delays = True, 0, []
    new = source.entries[max(seen - FIRST, 0) : seen]
    while True:
        polls += 1
        longest = min(max(wait(new, now, first), POLICY.min_interval), POLICY.max_interval)
        first = False
        now = next_poll(now, longest, Freshness(), chance.random())
        found = bisect_right(source.entries, now)
        new = source.entries[seen:found]
        delays += [(now - entry) / dt.timedelta(minutes=1) for entry in new if entry < end]
        seen = found
        if now >= end:
            return polls, delays


_cache: dict[int, Simulated] = {}


def _known(number: int) -> Simulated:
    if number not in _cache:
        _cache[number] = simulated(number)
    return _cache[number]


@dataclass(frozen=True)
class Result:
    polls: float  # a day and source
    delays: list[float]  # of all entries, in order
    of_sources: list[float]  # the mean of each source that posted


def run(pool: ProcessPoolExecutor, rule: str, scale: float, numbers: Sequence[int]) -> Result:
    every = list(pool.map(partial(watched, rule=rule, scale=scale), numbers, chunksize=25))
    return Result(
        sum(polls for polls, _ in every) / len(numbers) / DAYS,
        sorted(itertools.chain.from_iterable(delays for _, delays in every)),
        [statistics.fmean(delays) for _, delays in every if delays],
    )


def at_budget(pool: ProcessPoolExecutor, rule: str, polls: float) -> tuple[float, Result]:
    """The rule scaled to so many polls a day and source, within half a percent."""
    sample, everything = range(0, SOURCES, 10), range(SOURCES)
    scale, _ = _scaled(pool, rule, polls, sample, (math.log(1e-3), math.log(1e4)), 0.02)
    about = (math.log(scale) - 0.3, math.log(scale) + 0.3)
    return _scaled(pool, rule, polls, everything, about, 0.005)


def _scaled(
    pool: ProcessPoolExecutor,
    rule: str,
    polls: float,
    numbers: Sequence[int],
    between: tuple[float, float],
    within: float,
) -> tuple[float, Result]:
    low, high = between
    while True:
        middle = (low + high) / 2
        result = run(pool, rule, math.exp(middle), numbers)
        if abs(result.polls / polls - 1) < within or high - low < 1e-4:
            return math.exp(middle), result
        low, high = (middle, high) if result.polls > polls else (low, middle)


HEAD = (
    "| rule | scale | polls | mean delay, min | 95th percentile, min | mean over sources, min |\n"
    "|---|--:|--:|--:|--:|--:|"
)


def row(rule: str, scale: float, result: Result) -> str:
    p95 = result.delays[int(len(result.delays) * 0.95)]
    return (
        f"| {rule} | {scale:.3g} | {result.polls * DAYS * SOURCES:.0f} "
        f"| {statistics.fmean(result.delays):.0f} | {p95:.0f} "
        f"| {statistics.fmean(result.of_sources):.0f} |"
    )


def main() -> None:
    """Print a table for each budget."""
    budgets = [float(given) for given in sys.argv[1:]] or [2.0, 3.0, 4.0, 8.0]
    with ProcessPoolExecutor(2) as pool:
        for budget in budgets:
            print(f"\n{budget:g} polls a day and source\n\n{HEAD}")
            for rule in RULES:
                print(row(rule, *at_budget(pool, rule, budget)), flush=True)
        print(f"\nEach as it comes, not scaled (ours: PollPolicy.unseen_for)\n\n{HEAD}")
        for rule in ("Miniflux entry_frequency", "CommaFeed empirical", "A3 formula", "ours"):
            scale = POLICY.unseen_for / HOUR if rule == "ours" else 1.0
            print(row(rule, scale, run(pool, rule, scale, range(SOURCES))), flush=True)


if __name__ == "__main__":
    main()
