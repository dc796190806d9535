"""Pages: whole, and without anything that runs, loads from elsewhere or opens in a frame (B6.9)."""

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

_DOCTYPE: Final = b"<!doctype html>\n"
_FORBIDDEN: Final = frozenset(
    "iframe frame frameset object embed applet base template noscript math plaintext xmp".split()
)
_ADDRESSES: Final = frozenset("href src poster cite action formaction xlink:href".split())
_POLICY: Final = "content-security-policy"  # where no server sends it as a header
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_BLANKS: Final = re.compile(r"[\x00-\x20]+")  # a browser leaves them out
_TURNED: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def complaints(body: bytes) -> list[str]:
    """What is wrong with a page of ours."""
    try:
        text = body.decode()
    except UnicodeDecodeError as wrong:
        return [f"is no UTF-8: {wrong}"]
    if not body.startswith(_DOCTYPE):
        return ["does not begin with the doctype of HTML"]
    found = ["letters that turn the reading direction (B4.7)"] if _TURNED.search(text) else []
    return [*found, *_inside(etree.fromstring(text, etree.HTMLParser(encoding="utf-8")))]


def _inside(root: Any) -> Iterator[str]:
    counts = {name: sum(1 for _ in root.iter(name)) for name in ("title", "main", "h1")}
    if not root.get("lang") or counts["main"] != 1 or counts["h1"] != 1 or counts["title"] < 1:
        yield f"no whole page: {counts}"
    for element in root.iter():
        if not isinstance(element.tag, str):
            yield "a comment or an instruction"
            continue
        name = element.tag
        if name in _FORBIDDEN or element.get("http-equiv", _POLICY).lower() != _POLICY:
            yield f"an element {name}"
        if name == "script" and (
            (element.text or "").strip() or not _is_ours(element.get("src", ""))
        ):
            yield "a script that is not a file of ours"
        for key, value in element.items():
            if key.startswith("on") or key in ("style", "srcdoc", "ping"):
                yield f"{name} with {key}"
            elif key in _ADDRESSES and _scheme(value) not in ("", "http", "https", "mailto"):
                yield f"{name} with {key}={value[:80]!r}"


def _scheme(address: str) -> str:
    found = _SCHEME.match(_BLANKS.sub("", address))
    return found[1].lower() if found else ""


def _is_ours(address: str) -> bool:
    return address != "" and "//" not in address and not _scheme(address)
