"""What a feed calls itself, which stands in every entry that is published of it."""

import re
from dataclasses import replace
from typing import Final

from ..model import FeedInfo
from ..text.substance import steady

_CLOCK: Final = re.compile(r"\b\d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?")


def named(said: FeedInfo, known: FeedInfo) -> FeedInfo:
    """What a feed says of itself, as it did before where it only counts, tells the time or has
    another token in an address: it stands in every entry, and each word of it that changes would
    change all documents that any of its entries is in, archives too (B5.2).
    """
    if _steady(said) != _steady(known):
        return said
    return replace(known, withheld=said.withheld, moved_to=said.moved_to)


def _steady(info: FeedInfo) -> list[tuple[bool, str]]:
    names = (info.title, info.author, info.rights, info.lang)
    told = (*names, info.id, info.self_url, info.site_url, info.icon)
    return [(bool(one), steady(_CLOCK.sub("", one or ""))) for one in told]
