"""Language tags as feeds write them."""

import re
from typing import Final

_TAG: Final = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{2,8}){0,4}", re.IGNORECASE | re.ASCII)
_NOT_KNOWN: Final = frozenset(("und", "mul", "zxx", "xx"))


def language(tag: str | None) -> str | None:
    """A language tag (BCP 47) in its usual case; None for what is none, or says nothing (B1.11).

    >>> language("EN_us"), language("English"), language("zh-hant")
    ('en-US', None, 'zh-Hant')
    """
    tag = (tag or "").strip().replace("_", "-")
    if not _TAG.fullmatch(tag):
        return None
    first, *rest = tag.lower().split("-")
    if first in _NOT_KNOWN:
        return None
    return "-".join([first, *map(_cased, rest)])


def _cased(subtag: str) -> str:
    if len(subtag) == 2 and subtag.isalpha():
        return subtag.upper()
    return subtag.title() if len(subtag) == 4 and subtag.isalpha() else subtag
