"""The words a published entry is given: its summary, and who else reported it."""

from html import escape
from typing import Final

from ..model import FeedEntry
from ..text.words import shorten

MAX_SUMMARY: Final = 500  # characters (B4.3)


def also_reported(entry: FeedEntry) -> str:
    """The last line of a story that several outlets carry; "" for one that only one does."""
    names = list(dict.fromkeys(outlet.name for outlet in entry.outlets))
    return f"Also reported by {', '.join(names)}." if names else ""


def summary_text(entry: FeedEntry) -> str:
    """The plain summary, never empty, with its last line."""
    line = shorten(also_reported(entry), MAX_SUMMARY // 2)
    room = MAX_SUMMARY - len(line) - 1
    text = shorten(entry.summary or entry.title, room if line else MAX_SUMMARY)
    return f"{text}\n{line}" if line else text


def summary_html(entry: FeedEntry) -> str:
    """The summary where it is read as HTML: RSS has no other text, and words that look like markup
    would be it.
    """
    return escape(summary_text(entry), quote=False)


def with_outlets(entry: FeedEntry) -> str:
    """The full text, which must be there, with its last line."""
    assert entry.html is not None
    if not entry.outlets:
        return entry.html
    links = ", ".join(
        f'<a href="{escape(outlet.url)}" rel="noopener noreferrer">{escape(outlet.name)}</a>'
        if outlet.url
        else escape(outlet.name)
        for outlet in dict.fromkeys(entry.outlets)
    )
    return f"{entry.html}<p>Also reported by {links}.</p>"
