"""An entry read again: what of it is new, and what it said before."""

from dataclasses import replace
from typing import Final

from ..model import Article, Revision
from ..text.substance import substance
from .retired import left_of

_REMEMBERED: Final = 10  # wordings of an article
_LONGEST: Final = 20_000  # characters of a text that are kept of an earlier one


def first_said(article: Article) -> Article:
    """An article as it is seen first."""
    return replace(article, said=(_substance(article),))


def revise(known: Article, now: Article) -> tuple[Article, Revision | None]:
    """What its source writes now in the place of what it wrote; identity and first dates stay.
    And what it said before, if that was something else.

    `updated` is the source's word where it says something that it has not said before (B3.2). The
    moment of the poll is not its word: it stands in where there is no date, or every entry is
    stamped with it (B3.4).
    """
    says = _substance(now)
    said = known.said or (_substance(known) if known.text or known.html else says,)
    its_word = says not in said and now.updated != now.first_seen_at
    edited = replace(
        left_of(now, known.kept),  # forgotten once, its text is not kept again
        entry_id=known.entry_id,
        declared_id=known.declared_id,
        first_seen_at=known.first_seen_at,
        published=known.published,
        updated=max(known.updated, now.updated) if its_word else known.updated,
        joined=known.joined,
        said=(*(one for one in said if one != says), says)[-_REMEMBERED:],
    )
    if says == said[-1]:
        return edited, None
    return edited, Revision(said[-1], now.first_seen_at, known.title, known.text[:_LONGEST])


def _substance(article: Article) -> str:
    return substance(article.title, article.html, article.text)
