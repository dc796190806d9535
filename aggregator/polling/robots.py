"""robots.txt (RFC 9309): may this address be asked for? The only module that knows protego.

For pages every group counts that may mean us, `*` too (A12.5); for feeds an operator has listed,
only one that names us (A13.1).
"""

import re
from typing import Final

from protego import Protego

PRODUCT: Final = "aggregator"  # how we are called in User-Agent and in robots.txt
_MOST: Final = 500 << 10  # bytes; RFC 9309 section 2.5
_AGENT: Final = re.compile(
    r"^([ \t]*+user[- ]?agent[ \t]*+:?[ \t]*+)([^#\n]*+)", re.IGNORECASE | re.MULTILINE
)


def robots_text(body: bytes) -> str:
    """As much of a robots.txt as is read, as text."""
    text = body[:_MOST].decode("utf-8", "replace").lstrip("\ufeff")
    return "\n".join(text.splitlines())


def names_us(text: str) -> bool:
    r"""Is there a group for us by name?

    >>> names_us("User-agent: Aggregator\nDisallow: /"), names_us("User-agent: *\nDisallow: /")
    (True, False)
    """
    return any(_is_us(found[2]) for found in _AGENT.finditer(text))


def allows(text: str, url: str, *, everyone: bool) -> bool:
    r"""May we ask for `url` by this robots.txt? `everyone`: groups for `*` count too.

    Linear in the text: of other robots nothing is kept, of which there may be thousands.

    >>> allows("User-agent: *\nDisallow: /a", "https://x.example/a/b", everyone=True)
    False
    """

    def ours(found: re.Match[str]) -> str:
        if _is_us(found[2]):
            return f"{found[1]}{PRODUCT}"
        return f"{found[1]}{'*' if everyone and found[2].strip() == '*' else 'another'}"

    return bool(Protego.parse(_AGENT.sub(ours, text)).can_fetch(url, PRODUCT))


def _is_us(token: str) -> bool:
    return token.strip().lower().partition("/")[0] == PRODUCT
