"""Which hub pushes a feed (A17.1), and whether it can be trusted to (A17.9)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from ..model import Hub
from ..text.urls import absolute

_JUDGED: Final = 3  # new entries
_LINK: Final = re.compile(
    r"""<([^<>]*)>((?:\s*;\s*[^\s;,=<>"]+(?:\s*=\s*(?:"[^"]*"|[^\s;,"]*))?)*)"""
)
_PARAMETER: Final = re.compile(r""";\s*([^\s;,=<>"]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]*)))?""")


def links(header: str) -> Iterator[tuple[str, str]]:
    """The (relation, address) pairs of a Link header (RFC 8288); of a link's `rel`s the first
    counts.

    >>> list(links('</hub>; rel="hub", <https://a.example/feed>; title="a, b"; rel=self'))
    [('hub', '/hub'), ('self', 'https://a.example/feed')]
    """
    for address, parameters in _LINK.findall(header):
        for name, quoted, plain in _PARAMETER.findall(parameters):
            if name.lower() == "rel":
                for relation in (quoted or plain).lower().split():
                    yield relation, address.strip()
                break


def hub_of(
    headers: Mapping[str, str], hubs: Sequence[str], topic: str | None, url: str
) -> Hub | None:
    """The hub of a document that came from `url` with these headers and that names these hubs and
    this topic: the Link header first, then the document; https before http (A17.1).
    """
    said = list(links(headers.get("link", "")))
    found = [hub for rel, given in said if rel == "hub" and (hub := absolute(given, url))] or hubs
    topics = [given for rel, given in said if rel == "self"] or [topic or ""]
    # Hubs know a topic letter by letter: it is made absolute only where it is not.
    itself = topics[0].strip()
    if not itself.startswith(("http://", "https://")):
        itself = (absolute(itself, url) or "") if itself else ""
    hub = min(found, key=lambda hub: not hub.startswith("https:"), default=None)
    if hub is None or absolute(itself) is None or not itself.isprintable():
        return None
    return Hub(hub, itself)


def latest(by_push: Sequence[bool], new: int, *, pushed: bool) -> tuple[bool, ...]:
    """Of the last three new entries, which were pushed before a poll saw them, after `new` more."""
    return (*by_push, *(pushed for _ in range(min(new, _JUDGED))))[-_JUDGED:]
