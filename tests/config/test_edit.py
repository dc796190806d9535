"""Adding sources to feeds.yaml: what stands there stays."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from aggregator.config.edit import Entry, with_sources, write_atomically

NEW = "https://new.example/feed"


def sources(text: str) -> list[object]:
    return list(YAML(typ="safe").load(text)["sources"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("sources:\n  - https://a.example/\n",
                     f"sources:\n  - https://a.example/\n  - {NEW}\n", id="indented"),
        pytest.param("sources:\n- https://a.example/\n",
                     f"sources:\n- https://a.example/\n- {NEW}\n", id="at the margin"),
        pytest.param("sources:\n  - https://a.example/",
                     f"sources:\n  - https://a.example/\n  - {NEW}\n", id="no last line end"),
        pytest.param("sources:\n  # ours\n  - url: https://a.example/ # good\n    title: A\n\ntopics: {}\n",
                     "sources:\n  # ours\n  - url: https://a.example/ # good\n    title: A\n"
                     f"  - {NEW}\n\ntopics: {{}}\n", id="comments and what follows"),
        pytest.param("sources:\n  - https://a.example/\n\n  - https://b.example/\n\n# Topics\ntopics: {}\n",
                     f"sources:\n  - https://a.example/\n\n  - https://b.example/\n  - {NEW}\n\n"
                     "# Topics\ntopics: {}\n", id="blank lines"),
        pytest.param("sources:\n  - url: https://a.example/\n    topics: [x]\n    # the end of it\ntopics: {x: {}}\n",
                     "sources:\n  - url: https://a.example/\n    topics: [x]\n    # the end of it\n"
                     f"  - {NEW}\ntopics: {{x: {{}}}}\n", id="a comment inside the last item"),
        pytest.param("", f"sources:\n  - {NEW}\n", id="an empty file"),
        pytest.param("# ours\n", f"# ours\nsources:\n  - {NEW}\n", id="comments alone"),
    ],
)  # fmt: skip
def test_a_source_is_added_and_no_other_byte_changes(before: str, after: str) -> None:
    assert with_sources(before, [{"url": NEW}]) == after


@pytest.mark.parametrize(
    "before",
    ["sources: [https://a.example/]\n", "sources:\ntopics: {}\n", "topics: {}\n", "sources: []\n"],
)
def test_a_list_written_otherwise_is_added_to_as_well(before: str) -> None:
    assert sources(with_sources(before, [{"url": NEW}]))[-1] == NEW


def test_a_source_with_a_title_is_a_mapping() -> None:
    entry = {"url": NEW, "title": "New: a paper", "key": "new"}

    after = with_sources("sources:\n  - https://a.example/\n", [entry])

    assert sources(after)[-1] == entry
    assert after.endswith(f"  - url: {NEW}\n    key: new\n    title: 'New: a paper'\n")


def test_no_source_changes_nothing() -> None:
    assert with_sources("sources: # none", []) == "sources: # none"


texts = st.text("aZ é'\":#&*-[]{}%@\n\t,?|>!", max_size=12)
entries = st.lists(
    st.fixed_dictionaries({"url": st.sampled_from([NEW, "https://b.example/?a=b#c"])}, optional={"title": texts}),
    min_size=1, max_size=3,
)  # fmt: skip


@given(st.lists(texts, max_size=3), entries, st.booleans())
def test_whatever_is_added_reads_back_as_it_was_given(
    notes: list[str], added: list[Entry], margin: bool
) -> None:
    comments = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    dash = "- " if margin else "  - "
    before = f"{comments}sources:\n{dash}https://a.example/\n{comments}topics: {{}}\n"

    after = with_sources(before, added)

    given_ = [dict(one) for one in added]
    assert sources(after)[1:] == [one if one.get("title") else one["url"] for one in given_]
    assert after.startswith(comments)
    assert after.endswith(f"{comments}topics: {{}}\n")


def test_a_file_is_replaced_at_once_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("old")
    path.chmod(0o640)

    write_atomically(path, "new")

    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_to_the_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.yaml").write_text("old")
    (tmp_path / "feeds.yaml").symlink_to("real.yaml")

    write_atomically(tmp_path / "feeds.yaml", "new")

    assert (tmp_path / "feeds.yaml").is_symlink()
    assert (tmp_path / "real.yaml").read_text() == "new"


def test_what_cannot_be_written_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "feeds.yaml"
    path.write_text("old")

    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "\ud800")

    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])
