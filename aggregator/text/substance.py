"""What of a text its author wrote, and what machines write into it anew at every look: counters,
lists of other stories, tokens in addresses.
"""

import re
import unicodedata
from hashlib import blake2b
from itertools import islice
from typing import Final

from .html import visible_text

# What is counted beside a text, and how old it is: "12 comments", "Shares: 3", "vor 5 Minuten".
# Nothing that news count: votes, deaths.
_COUNTED: Final = (
    "comments?|replies|reply|shares?|likes?|views?|reactions?|retweets?|reposts?|kommentare?|"
    "antworten|aufrufe|mal geteilt|commentaires?|partages?|vues|réactions?|comentarios?|"
    "compartidos?|comentários?|partilhas?|visualizações|commenti|commento|condivisioni|reacties|"
    "reactie|weergaven|yorum|paylaşım|комментари[йяев]{1,2}|просмотр(?:ов|а)?|komentarzy|"
    "komentarze|תגובות|تعليقات|تعليقا|تعليق|مشاركات|مشاركة|مشاهدات|مشاهدة|条评论|评论|コメント|댓글"
)
_TIME: Final = (
    "seconds?|secs?|minutes?|mins?|hours?|days?|weeks?|sekunden?|minuten?|stunden?|tage?n?|"
    "secondes?|heures?|jours?|minutos?|horas?|d[ií]as?|minuti|or[ae]|giorn[io]|دقيقة|دقائق|ساعة|"
    "ساعات|يوما?|أيام"
)
_NUMBER: Final = re.compile(r"\d[\d.,'\u00a0\u202f]*[km]?", re.IGNORECASE)
_AFTER: Final = re.compile(rf"\s?(?:(?:{_COUNTED})|(?:{_TIME})\s+ago)\b", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"\b(?:{_COUNTED})\s?[:(]\s?\Z", re.IGNORECASE)
_SINCE: Final = re.compile(r"\b(?:vor|il y a|hace|há|fa|قبل|منذ)\s+\Z", re.IGNORECASE)
_UNITS: Final = re.compile(rf"\s+(?:{_TIME})\b", re.IGNORECASE)
_LOOK_BACK: Final = 24  # characters
_MOST_NUMBERS: Final = 500  # that are looked at: more is no text
_PARAMETERS: Final = re.compile(r"\?[\w.\-%~\[\]]{1,80}=[^\s\"'<>]*")
_LINK: Final = re.compile(r"<(/?)a\b[^<>]*>")
_IN_LINK: Final = re.compile("\x02[^\x02\x03]*\x03?")
_BAR: Final = re.compile(r"\s(?:[|·•»]|::)\s")
_WORDS: Final = re.compile(r"\w+|[$€£¥₹₽₺%‰]")
_MOSTLY: Final = 0.8  # of the letters of a line within links: it leads elsewhere, and tells nothing


def steady(value: str) -> str:
    """What a feed wrote, without what may differ at every look though nobody wrote anything:
    parameters in addresses, counters, white space.

    >>> steady('<a href="https://a.example/1?token=x7">Read</a>  (12 comments)')
    '<a href="https://a.example/1">Read</a> ()'
    """
    return " ".join(without_counters(_PARAMETERS.sub("", value)).split())


def without_counters(text: str) -> str:
    """A text without what is counted beside it.

    >>> without_counters("Owls seen. 12 comments")
    'Owls seen. '
    """
    kept: list[str] = []
    at = 0
    for number in islice(_NUMBER.finditer(text), _MOST_NUMBERS):
        if number.start() < at:
            continue
        start, end = _counter(text, number.start(), number.end(), at)
        kept.append(text[at:start])
        at = end
    return "".join(kept) + text[at:]


def _counter(text: str, start: int, end: int, at: int) -> tuple[int, int]:
    """What of a text is a counter with this number; from its end to its end if it is none."""
    if text[end : end + 2].strip()[:1].isalpha() and (after := _AFTER.match(text, end)):
        return start, after.end()
    near, back = text[max(at, start - 2) : start], max(at, start - _LOOK_BACK)
    if (":" in near or "(" in near) and (before := _BEFORE.search(text, back, start)):
        return before.start(), end + text.startswith(")", end)
    units = _UNITS.match(text, end) if near[-1:].isspace() else None
    if units and (since := _SINCE.search(text, back, start)):
        return since.start(), units.end()
    return end, end


def substance(title: str, html: str, text: str) -> str:
    """A short digest of what an article says: its words in their order. Markup, white space,
    punctuation, letter case, counters, lines that are links and names of sites behind a bar in the
    title say nothing.

    `html` is clean; `text` is what a reader sees of the article, a line a block.

    >>> substance("Fire", "", "In the port.") == substance("FIRE", "<p>In the <b>port</b></p>", "")
    True
    """
    marked = visible_text(_LINK.sub(lambda tag: "\x03" if tag[1] else "\x02", html))
    linked = marked.split("\n") if marked else []
    plain = text.split("\n")
    # What stands in front of the text's own lines is a summary that is not among them.
    lines = plain[: max(0, len(plain) - len(linked))] + linked
    told = [line for line in lines if not _leads_elsewhere(line)] or lines
    headline = max(_BAR.split(title), key=len)  # the rest is the name of the site, or a section
    said = "\n".join([headline, *told]).replace("\x02", "").replace("\x03", "")
    words = _WORDS.findall(unicodedata.normalize("NFKC", without_counters(said)).casefold())
    return blake2b(" ".join(words).encode(), digest_size=9).hexdigest()


def _leads_elsewhere(line: str) -> bool:
    links = sum(len(link) for link in _IN_LINK.findall(line))
    return links > 0 and links >= _MOSTLY * len(line)
