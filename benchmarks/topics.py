"""The topics of the shipped feeds.yaml, scored on stories that people have labelled.

    uv run benchmarks/topics.py [isis climate ai] [--config feeds.yaml] [--data DIR]
                                [--errors TOPIC] [--half A] [--worn] [--json]

Reads `../shared/data/topics/{isis,climate,ai}.jsonl`, asks each topic's rule about the title and
the body of every row, and prints precision, recall and F1

- over all rows, where a mention in passing counts as wrongly taken;
- without passing mentions (and, for isis, without the rows its labellers were unsure of);
- of the title and the first 280 characters, which is what most feeds give;

and how many look-alikes (the goddess, the routing protocol, the political climate) and passing
mentions were let in; for isis also by language. Beside them stand the baselines of the data's
README. The rows are halved by a digest of their ids: rules are written looking at the errors of
half A (`--errors TOPIC --half A`), and half B says what that is worth. `--errors` lists the wrong
rows of a topic by id, each with what its labeller said and the words by which it was taken.
`--worn` asks about the rows as bad feeds bring them: cut, in small letters, under capitals, with
the outlet's name.
"""

import argparse
import hashlib
import json
import pathlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace

from aggregator.config.load import load_config
from aggregator.errors import ConfigError
from aggregator.pipeline.setup import engine_of
from aggregator.topics import Engine, Evidence

HERE = pathlib.Path(__file__).resolve()
FEEDS = HERE.parents[1] / "feeds.yaml"
DATA = HERE.parents[2] / "shared" / "data" / "topics"
TOPICS = ("isis", "climate", "ai")
SUMMARY = 280  # characters of body in a short feed

# Measured by those who made the data: (topic, which rows) → (how, precision, recall, F1).
BASELINES: Mapping[tuple[str, str], tuple[tuple[str, float, float, float], ...]] = {
    ("isis", "all"): (
        ("name list", 0.57, 0.99, 0.72),
        ("case-sensitive names", 0.58, 0.67, 0.62),
        ('substring "isis"', 0.43, 0.48, 0.45),
    ),
    ("isis", "clear"): (
        ("name list", 0.76, 0.99, 0.86),
        ("case-sensitive names", 0.88, 0.68, 0.76),
    ),
    ("isis", "short"): (("name list", 0.76, 0.78, 0.77),),
    ("climate", "all"): (("phrase list", 0.70, 0.80, 0.75),),
    ("ai", "all"): (("names and LLM terms", 0.74, 0.98, 0.84),),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled story."""

    id: str
    title: str
    body: str
    lang: str
    label: bool
    grade: str  # about, material, passing, none
    kind: str
    why: str
    hard: bool
    sure: bool

    @property
    def passing(self) -> bool:
        return self.grade == "passing"

    @property
    def clear(self) -> bool:
        """Neither only mentioned in passing nor labelled with doubt."""
        return self.sure and not self.passing

    @property
    def look_alike(self) -> bool:
        return self.hard and not self.label and not self.passing

    @property
    def half(self) -> str:
        return "AB"[hashlib.sha256(self.id.encode()).digest()[0] & 1]


# What feeds do to stories.
WORN: Mapping[str, Callable[[Row], Row]] = {
    "as given": lambda row: row,
    "title alone": lambda row: replace(row, body=""),
    "title + 140": lambda row: replace(row, body=row.body[:140]),
    "title + 280": lambda row: replace(row, body=row.body[:SUMMARY]),
    "title + 500": lambda row: replace(row, body=row.body[:500]),
    "small letters": lambda row: replace(row, title=row.title.lower(), body=row.body.lower()),
    "title in capitals": lambda row: replace(row, title=row.title.upper()),
    "title + outlet": lambda row: replace(row, title=f"{row.title} - BBC News"),
}


@dataclass(frozen=True, slots=True)
class Score:
    """How well a query found the rows it should."""

    rows: int
    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 1.0

    def __str__(self) -> str:
        return (
            f"{self.rows:5d}   {self.precision:.3f}  {self.recall:.3f}  {self.f1:.3f}"
            f"   {self.wrong:3d} wrong, {self.missed:3d} missed"
        )


def rows_of(path: pathlib.Path) -> Iterator[Row]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            given = json.loads(line)
            yield Row(
                id=given["id"],
                title=given["title"] or "",
                body=given["body"] or "",
                lang=given["lang"],
                label=given["label"],
                grade=given["grade"],
                kind=given["kind"],
                why=given["why"],
                hard=given["hard"],
                sure=given.get("confidence") != "low",
            )


Taken = dict[str, tuple[Evidence, ...]]  # row id → why it was taken


def taken(engine: Engine, topic: str, rows: Iterable[Row], characters: int | None = None) -> Taken:
    """The rows a topic takes, judged by title and so much of the body."""
    found: Taken = {}
    for row in rows:
        document = {"title": row.title, "text": row.body[:characters]}
        if (evidence := engine.topics_of(document).get(topic)) is not None:
            found[row.id] = evidence
    return found


def score(rows: Iterable[Row], found: Taken) -> Score:
    counts = {(label, took): 0 for label in (True, False) for took in (True, False)}
    for row in rows:
        counts[row.label, row.id in found] += 1
    return Score(
        rows=sum(counts.values()),
        right=counts[True, True],
        wrong=counts[False, True],
        missed=counts[True, False],
    )


@dataclass(frozen=True, slots=True)
class Report:
    """A topic's figures."""

    topic: str
    scores: Mapping[str, Score]
    halves: Mapping[str, Score]
    let_in: Mapping[str, tuple[int, int]]  # kind of row → (taken, of)
    languages: Mapping[str, Score]


def measure(engine: Engine, topic: str, rows: list[Row]) -> Report:
    full, short = taken(engine, topic, rows), taken(engine, topic, rows, SUMMARY)
    clear = [row for row in rows if row.clear]
    let_in = {}
    for name, found in (("", full), (f" (title + {SUMMARY})", short)):
        for kind, ids in (
            ("look-alikes", [row.id for row in rows if row.look_alike]),
            ("passing mentions", [row.id for row in rows if row.passing]),
        ):
            let_in[f"{kind} let in{name}"] = (sum(id_ in found for id_ in ids), len(ids))
    return Report(
        topic=topic,
        scores={
            "all": score(rows, full),
            "clear": score(clear, full),
            "short": score(rows, short),
            "short, clear": score(clear, short),
        },
        halves={
            f"half {half}, {name}": score([row for row in kept if row.half == half], full)
            for name, kept in (("all rows", rows), ("without those", clear))
            for half in "AB"
        },
        let_in=let_in,
        languages={
            lang: score([row for row in clear if row.lang == lang], full)
            for lang in sorted({row.lang for row in clear})
        },
    )


def show(report: Report) -> None:
    names = {
        "all": "all rows",
        "clear": "without passing and unsure" if report.topic == "isis" else "without passing",
        "short": f"title + {SUMMARY}, all rows",
        "short, clear": f"title + {SUMMARY}, without those",
    }
    print(f"\n{report.topic:30}  rows   prec.  recall F1")
    for key, name in names.items():
        print(f"  {name:28}{report.scores[key]}")
        for how, *known in BASELINES.get((report.topic, key), ()):
            print(f"    {how + ' (baseline)':33} " + "  ".join(f"{f:.2f} " for f in known))
    for half, figures in report.halves.items():
        print(f"    {half:26}{figures}")
    for kind, (took, of) in report.let_in.items():
        print(f"  {kind:40} {took:3d} of {of:3d}  ({took / max(1, of):.1%})")
    if report.topic == "isis":
        print("  by language, without passing and unsure")
        for lang, figures in report.languages.items():
            print(f"    {lang:26}{figures}")


def show_worn(engine: Engine, topic: str, rows: list[Row]) -> None:
    print(f"\n{topic:30}  rows   prec.  recall F1")
    for name, wear in WORN.items():
        worn = [wear(row) for row in rows]
        found = taken(engine, topic, worn)
        print(f"  {name:28}{score(worn, found)}")
        print(f"    without passing and unsure{score([row for row in worn if row.clear], found)}")


def shortened(text: str) -> str:
    """What was found; of a long stretch between two words its ends."""
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:28]} … {text[-28:]}"


def show_errors(engine: Engine, topic: str, rows: list[Row]) -> None:
    full, short = taken(engine, topic, rows), taken(engine, topic, rows, SUMMARY)
    for row in sorted(rows, key=lambda row: (row.label, row.grade, row.kind, row.id)):
        if row.label == (row.id in full):
            continue
        notes = [row.lang, row.grade, row.kind]
        if not row.sure:
            notes.append("(unsure)")
        if row.label == (row.id in short):
            notes.append(f"(right on title + {SUMMARY})")
        print("missed" if row.label else "wrong ", row.id, *notes, sep="  ")
        print(f"        {row.why}")
        words = [
            f"        {one.field}: {shortened(one.text)!r} by {one.term} {one.score:+g}"
            for one in full.get(row.id, ())
        ]
        print("\n".join(dict.fromkeys(words)), end="\n" * bool(words))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("topics", nargs="*", help=f"some of {', '.join(TOPICS)}; default all")
    parser.add_argument("--config", type=pathlib.Path, default=FEEDS)
    parser.add_argument("--data", type=pathlib.Path, default=DATA)
    parser.add_argument("--errors", metavar="TOPIC", choices=TOPICS, help="list its wrong rows")
    parser.add_argument("--half", choices=("A", "B"), help="look at one half of the rows alone")
    parser.add_argument("--worn", action="store_true", help="the rows as bad feeds bring them")
    parser.add_argument("--json", action="store_true", help="the figures as JSON")
    args = parser.parse_args()
    topics: list[str] = [args.errors] if args.errors else args.topics or list(TOPICS)
    if unknown := [topic for topic in topics if topic not in TOPICS]:
        parser.error(f"no data for {', '.join(unknown)}; there is some for {', '.join(TOPICS)}")
    if not args.data.is_dir():
        sys.exit(f"{args.data} is not there: the labelled stories come with the shared data, which "
                 "is no part of this repository; name their folder with --data")  # fmt: skip
    try:
        config = load_config(args.config, {})
    except ConfigError as wrong:
        sys.exit(str(wrong))
    engine = engine_of(config.topics)
    reports = []
    for topic in topics:
        if topic not in config.topics:
            sys.exit(f"{args.config} has no topic {topic} with a query")
        rows = list(rows_of(args.data / f"{topic}.jsonl"))
        rows = [row for row in rows if args.half in (None, row.half)]
        if args.errors:
            show_errors(engine, topic, rows)
            continue
        if args.worn:
            show_worn(engine, topic, rows)
            continue
        reports.append(measure(engine, topic, rows))
        if not args.json:
            show(reports[-1])
    if args.json and reports:
        print(json.dumps([asdict(report) for report in reports], indent=1))


if __name__ == "__main__":
    main()
