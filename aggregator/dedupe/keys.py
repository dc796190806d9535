"""Match keys: opaque strings by which the store finds what may be the same. A new clue for
duplicates is a new kind of key here, and touches no schema.
"""

import re
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

from ..model import Article, MatchKey
from ..text.urls import is_absolute_uri, same_id_form, same_page_form

# How the keys of an article's text begin: of use as long as there is the text to compare.
OF_TEXT: Final = "text:"


def key_of(kind: str, *parts: str, size: int = 15) -> MatchKey:
    """A key of this kind for what its parts say, told apart by so many bytes."""
    digest = blake2b("\0".join(parts).encode(), digest_size=size).digest()
    return MatchKey(f"{kind}:{urlsafe_b64encode(digest).decode()}")


def entry_key(source: str, entry_id: str) -> MatchKey:
    """This entry of this source, however its id is spelled."""
    return key_of("entry", source, same_id_form(entry_id))


def url_key(url: str | None, title: str = "") -> MatchKey | None:
    """This page, whoever links to it; under this title when the page is a site's home page, whose
    address many stories may bear.
    """
    form = same_page_form(url) if url else None
    if form is None:
        return None
    if not set("/?#") & set(form):
        return key_of("url", form, plain_title(title))
    return key_of("url", form)


def id_key(declared_id: str | None) -> MatchKey | None:
    """This id in any feed, when it is one that could be known outside its own."""
    if declared_id is None or not is_absolute_uri(declared_id):
        return None
    return key_of("id", same_id_form(declared_id))


def title_key(source: str, title: str) -> MatchKey:
    """This title in this source: the last resort when a source gives its entries new ids and
    addresses.
    """
    return key_of("title", source, plain_headline(title))


_IN_OPENING: Final = 500  # characters
_OPENING: Final = 19  # words, and one more that may be cut


def opening_key(article: Article) -> MatchKey | None:
    """These first words in this source: of a text that goes on, for a short one may stand under
    every entry.
    """
    words = plain_title(article.text[:_IN_OPENING]).split()
    if len(words) <= _OPENING:
        return None
    return key_of("opening", article.source, *words[:_OPENING])


_LABEL: Final = re.compile(r"\s(?:[|·•»–—-]|::)\s")


def plain_headline(title: str) -> str:
    """A title's words without those of the site or section, which come and go: of what stands
    between bars and dashes the longest.

    >>> plain_headline("Fire in the port | Example News"), plain_headline("News - Fire in the port")
    ('fire in the port', 'fire in the port')
    """
    return max(map(plain_title, _LABEL.split(title)), key=len)


def veto_keys(source: str, keys: Iterable[MatchKey]) -> frozenset[MatchKey]:
    """What an article of this source is kept out of a story by: its match keys, those of its text
    included, each for this source alone. A page or a text that both sides of a split have in common
    keeps no third outlet out.
    """
    return frozenset(key_of("veto", source, key) for key in keys)


def plain_title(title: str) -> str:
    """A title's words alone, to compare by.

    >>> plain_title("The  Café: it's “open”!")
    'the cafe it s open'
    """
    bare = unicodedata.normalize("NFKD", title.casefold())
    return " ".join(re.findall(r"\w+", "".join(c for c in bare if not unicodedata.combining(c))))


def match_keys(article: Article, *, url: bool = True, title: bool = True) -> tuple[MatchKey, ...]:
    """The keys of an article; that of its address and that of its title only when they are its
    own in its document.
    """
    keys = (
        entry_key(article.source, article.entry_id),
        url_key(article.url, article.title) if url else None,
        id_key(article.declared_id),
        title_key(article.source, article.title) if title else None,
        opening_key(article),
    )
    return tuple(dict.fromkeys(key for key in keys if key is not None))
