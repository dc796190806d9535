"""What the documentation says is so: every command, setting, metric, state and query is in it."""

import pathlib
import re
import subprocess
import sys
from typing import Any, get_args

import pytest
import typer

from aggregator.cli import app
from aggregator.config.load import parse_config
from aggregator.config.schema import Config, FileModel
from aggregator.model import FailureKind, Health
from aggregator.observe.metrics import Metrics
from aggregator.topics import FIELDS, Engine, Rule, lint, parse_query

ROOT = pathlib.Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *(ROOT / "benchmarks").glob("*.md")])


def page(name: str) -> str:
    return (DOCS / "reference" / name).read_text("utf-8")


def test_the_reference_is_as_the_program_has_it() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/reference", "--check"],
        cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_every_command_is_documented() -> None:
    def names(command: Any, before: str = "") -> list[str]:
        inner = getattr(command, "commands", {})
        return [
            found
            for name, one in inner.items()
            for found in (f"{before}{name}", *names(one, f"{before}{name} "))
        ]

    commands = names(typer.main.get_command(app))
    assert len(commands) > 12
    for command in commands:
        assert f"\n## {command}\n" in page("commands.md")


@pytest.mark.parametrize("health", Health)
def test_every_state_of_a_source_is_documented(health: Health) -> None:
    assert f"\n| `{health}` | " in page("health.md").partition("Kinds of failure")[0]


@pytest.mark.parametrize("kind", FailureKind)
def test_every_kind_of_failure_is_documented(kind: FailureKind) -> None:
    assert f"\n| `{kind}` | " in page("health.md").partition("Kinds of failure")[2]


def test_every_metric_is_documented() -> None:
    for name in Metrics().names():
        assert f"`{name}" in page("metrics.md")


def test_every_key_of_feeds_yaml_is_documented_with_what_it_means() -> None:
    schema = FileModel.model_json_schema()
    for model in [schema, *schema["$defs"].values()]:
        for part in (model, *model.get("anyOf", ())):
            for key in part.get("properties", {}):
                assert re.search(rf"\n\| `{key}` \| \S", page("feeds-yaml.md")), key


def _rows(text: str) -> list[list[str]]:
    """Rows of tables whose cells are code, from the column `query` on."""
    rows = []
    at = -1
    for line in text.splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
        if "query" in cells and "takes" in cells:
            at = cells.index("query")
        elif not line.startswith("|"):
            at = -1
        elif at >= 0 and not set(line) <= set("|- "):
            rows.append([cell.strip("`") for cell in cells[at : at + 3]])
    return rows


def _document(text: str) -> dict[str, str]:
    field, _, rest = text.partition(": ")
    return {field: rest} if field in FIELDS else {"title": text}


EXAMPLES = _rows(page("queries.md"))


@pytest.mark.parametrize(("query", "takes", "leaves"), EXAMPLES)
def test_the_examples_of_queries_hold(query: str, takes: str, leaves: str) -> None:
    engine = Engine({"topic": Rule(parse_query(query))})

    assert engine.topics_of(_document(takes)), f"{query} leaves {takes}"
    assert not engine.topics_of(_document(leaves)), f"{query} takes {leaves}"


def test_every_field_of_queries_has_an_example() -> None:
    assert len(EXAMPLES) > 25
    for field in (*FIELDS, "lead"):
        assert any(query.startswith(f"{field}:") for query, _, _ in EXAMPLES)


def _warnings() -> list[list[str]]:
    section = page("queries.md").partition("## When it is wrong")[2].partition("\n## ")[0]
    return [
        [cell.strip().strip("`") for cell in line.strip("|").split("|")]
        for line in section.splitlines()
        if line.startswith("| `")
    ]


def test_every_kind_of_warning_and_of_miss_is_documented() -> None:
    assert {row[0] for row in _warnings()} == {*get_args(lint.Kind), "share"}
    for kind in ("place", "spelling", "apart", "absent", "few", "forbidden", "score"):
        assert f"\n| `{kind}` | " in page("queries.md").partition("## Why, and why not")[2]


@pytest.mark.parametrize(
    ("kind", "told", "not_told"), [(row[0], *row[2:4]) for row in _warnings() if row[2]]
)
def test_the_examples_of_warnings_hold(kind: str, told: str, not_told: str) -> None:
    assert [one.kind for one in lint.doubts_of(told, parse_query(told))] == [kind]
    assert lint.doubts_of(not_told, parse_query(not_told)) == []


def _yaml_blocks() -> list[Any]:
    return [
        pytest.param(block, id=f"{path.name}-{number}")
        for path in PAGES
        for number, block in enumerate(
            re.findall(r"```yaml\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
        )
    ]


@pytest.mark.parametrize("block", _yaml_blocks())
def test_every_feeds_yaml_shown_is_valid(block: str, tmp_path: pathlib.Path) -> None:
    if not re.match(r"\s*\w+:", block):  # a piece out of the middle
        block = f"sources:\n{block}"

    config = parse_config(block, "feeds.yaml", {"MEMBERS_FEED": "user:password"}, tmp_path)

    assert isinstance(config, Config)


def test_links_between_pages_lead_somewhere() -> None:
    for path in PAGES:
        text = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if "://" in target:
                continue
            name, _, anchor = target.partition("#")
            found = (path.parent / name).resolve() if name else path
            assert found.exists(), f"{path.name}: {target}"
            if anchor:
                headings = re.findall(r"^#+ (.*)$", found.read_text("utf-8"), re.MULTILINE)
                slugs = {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}
                assert anchor in slugs, f"{path.name}: {target}"


def test_every_decision_says_what_was_asked_decided_and_why() -> None:
    for path in (DOCS / "decisions").glob("*.md"):
        text = path.read_text("utf-8")
        assert re.match(r"# \d+\. ", text), path.name
        for part in ("**Question.**", "**Decision.**", "**Why.**"):
            assert part in text, path.name


def test_scripts_test_runs_the_readmes_own_test_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "&& uv run pytest " in readme
    assert 'uv run pytest "$@"' in (ROOT / "scripts/test").read_text("utf-8")
    assert "scripts/test" in (ROOT / ".ci/run").read_text("utf-8")


def test_no_file_names_a_registry_a_lock_or_a_path_of_one_machine() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not listed:
        pytest.skip("not a clone of the repository")
    unwanted = re.compile(
        rb"pypi\.org|pythonhosted|registry\.npm|deb\.debian|/root/|(?<!tests)/work/"
    )
    for name in listed:
        path = ROOT / name
        if path == pathlib.Path(__file__) or not path.is_file():
            continue
        assert not unwanted.search(path.read_bytes()), name
    assert "uv.lock" not in listed
