"""Entries that were checked before: a document is judged by its bytes, whatever is remembered."""

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.publish.valid import atom, known, rss
from tests.publish.test_valid import RENDERED

OF = {"atom": (atom, "entry"), "rss": (rss, "item")}
WHOLE = {name: RENDERED[name].body for name in OF}
# What may confuse whoever cuts a document: put in anywhere, or in the place of something else.
PIECES = {
    name: [
        *(piece.replace("entry", entry).encode() for piece in (
            "<entry>", "</entry>", "<entry/>", "</entry >", '<entry known="0"/>', '<entry known="1">',
            '<x:entry xmlns:x="http://www.w3.org/2005/Atom" known="0"/>', "<entry></entry>",
            ' known="0"', ' xmlns="urn:x"', ' xmlns:media="urn:x"', ' xml:base="/"', "<entryx>",
        )),
        b"<a>", b"</a>", b'<a b="', b'">', b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x?>", b"&lt;",
        b"x", b"\xff", b"2099-01-01T00:00:00Z", b"<title>", b"</title>",
        *known.cut(WHOLE[name], entry).entries,  # type: ignore[union-attr]
    ]
    for name, (_, entry) in OF.items()
}  # fmt: skip


@st.composite
def bodies(draw: st.DrawFn, name: str) -> bytes:
    """A good document, changed between signs of its markup in a few places."""
    body = WHOLE[name]
    for _ in range(draw(st.integers(1, 3))):
        edges = [at for at, byte in enumerate(body) if byte in b'<> "']
        at, to = sorted((draw(st.sampled_from(edges)), draw(st.sampled_from(edges))))
        at += draw(st.integers(0, 1))
        piece = draw(st.sampled_from(PIECES[name]))
        body = body[:at] + piece + body[max(at, to) if draw(st.booleans()) else at :]
    return body


@pytest.mark.parametrize("name", OF)
@given(data=st.data())
def test_b7_15_what_is_remembered_lets_nothing_through(name: str, data: st.DataObject) -> None:
    check: ModuleType = OF[name][0]
    assert check.complaints(WHOLE[name]) == []  # and is remembered
    body = data.draw(bodies(name))
    assert bool(check.complaints(body)) == bool(check._complaints(body, [])[0])


@pytest.mark.parametrize("name", OF)
def test_b7_15_entries_known_by_their_bytes_stand_where_they_must(name: str) -> None:
    check, entry = OF[name]
    parts = known.cut(WHOLE[name], entry)
    assert parts is not None
    assert check.complaints(WHOLE[name]) == []
    one, between = parts.entries[0], b"".join(parts.between[1:-1])
    first, last = parts.between[0], parts.between[-1]
    wrong = {
        "twice": first + one + one + last,
        "in a title": first.replace(b"</title>", one + b"</title>") + between + last,
        "in an attribute": first + b'<a b="' + one + b'"/>' + last,
        "in an entry": first + one[: one.rindex(b"</")] + one + b"</%s>" % entry.encode() + last,
        "with other namespaces": first.replace(b"xmlns:dc", b"xmlns:dx").replace(
            b"xmlns:thr", b"xmlns:th"
        ).replace(b"xmlns:media", b"xmlns:mx") + one + last,
        "with a sign of its own": first + one + b'<%s known="0"/>' % entry.encode() + last,
        "with words behind it": first + one + b"words" + last,
    }  # fmt: skip
    for what, body in wrong.items():
        if check._complaints(body, [])[0]:
            assert check.complaints(body), what
    assert check.complaints(wrong["twice"])
    assert check.complaints(first + one + last) == []


def test_no_more_is_remembered_than_there_is_room_for() -> None:
    memory = known.Memory(most=2)
    good = known.Good({}, "x")
    memory.remember([b"a", b"b"], [good, good])
    assert memory.known([b"a"]) == {0: good}  # asked for last, so kept longest
    memory.remember([b"c"], [good])
    assert memory.known([b"a", b"b", b"c"]) == {0: good, 2: good}
