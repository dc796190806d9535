"""Foreign HTML made safe to republish (B6), and the text a reader sees of it."""

import re
from collections.abc import Callable
from html import escape, unescape
from typing import Final

import nh3

from .urls import absolute
from .words import sane_references, xml_text

MAX_DEPTH: Final = 500  # levels of nesting (B6.7)
MAX_REOPENED: Final = 200_000
MAX_PASSES: Final = 6
MAX_CONTENT: Final = 100 * 1024  # bytes of clean HTML (B6.7)
MAX_IMAGES: Final = 100

_TAGS: Final = frozenset(
    """
    a abbr b blockquote br cite code dd del dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i img
    ins kbd li ol p pre q s small strong sub sup table tbody td tfoot th thead tr u ul audio video
    picture source bdi caption col colgroup div mark rp rt ruby samp span time var wbr
    """.split()
)
_ATTRIBUTES: Final = {
    "*": {"lang", "dir"},
    "a": {"href", "title"},
    "abbr": {"title"},
    "audio": {"src", "controls"},
    "blockquote": {"cite"},
    "img": {"src", "srcset", "alt", "title", "width", "height"},
    "ol": {"start"},
    "q": {"cite"},
    "source": {"src", "srcset", "type", "media"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "time": {"datetime"},
    "video": {"src", "poster", "controls", "width", "height"},
}
# What these hold is for machines, or makes no sense without them.
_SILENT: Final = frozenset(
    "script style template noscript svg math object select textarea button title head".split()
)
# Turn the order of letters round, as <bdo> does: what a reader sees is not what stands there.
_OVERRIDES: Final = re.compile("[\u202d\u202e]")
_SCHEMES: Final = {"http", "https", "mailto"}
_ADDRESSES: Final = frozenset(("href", "src", "poster", "cite"))
_FETCHED: Final = frozenset(("src", "poster"))  # without anybody's click

# --- A look first, linear, at what would make the sanitiser quadratic (A8, libraries.md 3.6) ---

_TAG: Final = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
# Never closed, or closed by their next sibling: many of them are no nesting.
_FLAT: Final = frozenset(
    """
    area base br col dd dt embed hr img input li link meta option p param source tbody td tfoot th
    thead tr track wbr
    """.split()
)
# A block start opens again every one of these that was left open.
_FORMATTING: Final = frozenset("a b big code em font i nobr s small strike strong tt u".split())


def _is_bottomless(html: str) -> bool:
    """Would an HTML parser need more than linear time or space for this?

    Hostile HTML can hide from it (end tags in comments and attributes); against that stand the
    limits of the worker process (A8.10).
    """
    now = deepest = formatting = most_formatting = starts = 0
    for end, written in _TAG.findall(html):
        name = written.lower()
        step = -1 if end else 1
        if name in _FORMATTING:
            formatting = max(0, formatting + step)
            most_formatting = max(most_formatting, formatting)
        if name not in _FLAT:
            now = max(0, now + step)
            deepest = max(deepest, now)
        if not end:
            starts += 1
    return deepest > MAX_DEPTH or most_formatting * starts > MAX_REOPENED


# --- Addresses inside ------------------------------------------------------------------------


def _keeper(base: str | None) -> Callable[[str, str, str], str | None]:
    """nh3's judge of attributes: every address absolute and http(s), or the attribute goes."""

    def keep(tag: str, name: str, value: str) -> str | None:
        if name == "srcset":
            return _srcset(value, base)
        if name in _ADDRESSES:
            if name == "href" and value.strip().lower().startswith("mailto:"):
                return value.strip()
            url = absolute(value, base)
            return None if url and name in _FETCHED and is_beacon(url) else url
        return value

    return keep


# An address may hold commas, but not end with one; after a size a comma needs no blank.
_CANDIDATE: Final = re.compile(r"([^\s,]\S*?)(?:,+(?!\S)|\s+([^,]*)(?:,|\Z)|\Z)")


def _srcset(value: str, base: str | None) -> str | None:
    """Each candidate of a srcset absolute; None when none is left (B6.3)."""
    kept = []
    for address, size in _CANDIDATE.findall(value):
        url = absolute(address, base)
        if url and not is_beacon(url) and re.fullmatch(r"|\d+(?:\.\d+)?[wx]", size.strip()):
            kept.append(f"{url.replace(',', '%2C')} {size.strip()}".strip())
    return ", ".join(kept) or None


def _sanitise(html: str, base: str | None, *, frames: bool) -> str:
    return nh3.clean(
        html,
        tags=set(_TAGS) | {"iframe"} if frames else set(_TAGS),
        attributes=_ATTRIBUTES | {"iframe": {"src"}} if frames else _ATTRIBUTES,
        clean_content_tags=set(_SILENT) if frames else set(_SILENT) | {"iframe"},
        attribute_filter=_keeper(base),
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer",
    )


# --- Pictures that watch, frames that run ------------------------------------------------------

# In nh3's own output: quotes and angle brackets inside attributes are escaped there, so these
# patterns see tags and nothing else. What they leave is sanitised again.
_IMG: Final = re.compile(r"<img([^<>]*)>")
# A frame's content is raw text, not escaped, for readers that know no frames: it goes.
_IFRAME: Final = re.compile(r"<iframe([^<>]*)>.*?</iframe>", re.DOTALL)
_SRC: Final = re.compile(r'\ssrc="([^"]*)"')
_TINY: Final = re.compile(
    r'\s(?:width|height)="\s*0*(?:[01](?:\.\d*)?|2(?:\.0*)?|\.\d+)(?:[^\d.%"][^"]*)?"'
)
_BEACON: Final = re.compile(
    r"""^https?://(?:
        feeds?\.feedburner\.com/~(?:r|ff|a|f)/ | feedproxy\.google\.com/~(?:r|ff|a|f)/ |
        feeds\.[a-z0-9.-]+/~(?:r|ff|a|f)/ | pixel\.wp\.com/ | stats\.wordpress\.com/ |
        pixel\.quantserve\.com/ | b\.scorecardresearch\.com/ | [a-z0-9.-]*\.doubleclick\.net/ |
        (?:www\.)?google-analytics\.com/ | (?:www\.)?facebook\.com/tr\b | medium\.com/_/stat |
        pixel\.[a-z0-9.-]+/ | rss\.feedsportal\.com/ | [a-z0-9.-]*\.feedsportal\.com/ |
        [a-z0-9.-]+/(?:[^?\#]*/)?(?:tracking/open|open\.aspx|beacon\.(?:gif|png)|pixel\.(?:gif|png)|
        spacer\.gif|1x1\.(?:gif|png)|b\.gif) )""",
    re.VERBOSE | re.IGNORECASE,
)


def is_beacon(url: str) -> bool:
    """Is this picture there to count readers (B6.6)?

    >>> is_beacon("https://pixel.wp.com/b.gif?x=1"), is_beacon("https://a.example/cat.jpg")
    (True, False)
    """
    return bool(_BEACON.match(url))


def _without_watchers(html: str) -> str:
    """Tracking pixels out (B6.6), frames as plain links (B6.4), at most MAX_IMAGES pictures."""
    if "<img" not in html and "<iframe" not in html:
        return html
    images = 0

    def image(found: re.Match[str]) -> str:
        nonlocal images
        src = _SRC.search(found[1])
        url = unescape(src[1]) if src else ""
        if not url or _TINY.search(found[1]):
            return ""
        images += 1
        return found[0] if images <= MAX_IMAGES else ""

    def frame(found: re.Match[str]) -> str:
        src = _SRC.search(found[1])
        return f'<a href="{src[1]}">{src[1]}</a>' if src else ""

    return _IMG.sub(image, _IFRAME.sub(frame, html))


def _readable(text: str) -> str:
    return _OVERRIDES.sub("", xml_text(text))


_PRE: Final = re.compile(r"(<pre(?:\s[^<>]*)?>)\n+")  # a parser skips the first of them


def clean_html(html: str, base: str | None = None) -> str:
    """HTML of the allow-list, every address absolute, nothing in it that runs or watches (B6).

    A fixed point: cleaning it again changes nothing. `base` resolves relative addresses; those
    that cannot be resolved go.

    >>> clean_html('<p onclick="x">Hi <a href="/b">b</a><script>1</script>', "https://a.example/")
    '<p>Hi <a href="https://a.example/b" rel="noopener noreferrer">b</a></p>'
    """
    html = _readable(sane_references(html))
    if "<" not in html and "&" not in html:
        return escape(html, quote=False)
    if _is_bottomless(html):
        return escape(_readable(unescape(re.sub(r"<[^<>]*>", " ", html))), quote=False)
    # Until nothing changes: what was taken out may have held apart what now nests otherwise.
    frames = "<iframe" in html.lower()
    for _ in range(MAX_PASSES):
        clean = _sanitise(html, base, frames=frames)
        # A character reference may have named a character that XML has no room for.
        clean = _readable(_PRE.sub(r"\1", _without_watchers(clean)))
        if clean == html:
            return clean
        html, frames = clean, False
    return escape(visible_text(html), quote=False)


# A tag of another form than `clean_html` writes, or with an address that it would not leave. It
# begins with a sign, which is looked for quickly.
_UNCLEAN: Final = re.compile(
    rf"""<(?:(?!/?(?:{"|".join(sorted(_TAGS))})
        (?:\ (?:{"|".join(sorted({"rel"}.union(*_ATTRIBUTES.values())))})="[^"<>]*")*>)
      | [^<>]*\ (?:href|src|poster|cite)="(?!https?://|mailto:))""",
    re.VERBOSE,
)


def is_clean(html: str) -> bool:
    """Does it look like the work of `clean_html`, read with other eyes: as text, without a parser?

    >>> is_clean('<p>Hi</p>'), is_clean('<p onclick="x">Hi</p>'), is_clean("<svg>")
    (True, False, False)
    """
    return not _UNCLEAN.search(html) and not _OVERRIDES.search(html)


_LOADING: Final = re.compile(r"<(img|source|video|audio)\b([^<>]*)>")
_LOADED: Final = re.compile(r'\s(?:src|poster|srcset)="([^"]*)"')


def without_loading(clean: str, is_unwanted: Callable[[str], bool]) -> str:
    """Clean HTML that loads nothing from addresses that an operator does not want (B6.6).

    >>> without_loading('<p>a<img src="https://w.example/1">b</p>', lambda url: "w.ex" in url)
    '<p>ab</p>'
    """

    def attribute(found: re.Match[str]) -> str:
        addresses = (part.split(" ")[0] for part in unescape(found[1]).split(", "))
        return "" if any(map(is_unwanted, addresses)) else found[0]

    def tag(found: re.Match[str]) -> str:
        kept = _LOADED.sub(attribute, found[2])
        is_empty = found[1] in ("img", "source") and not _LOADED.search(kept)
        return "" if is_empty else f"<{found[1]}{kept}>"

    return _LOADING.sub(tag, clean)


# --- What a reader sees --------------------------------------------------------------------------

_ANY_TAG: Final = re.compile(r"<[^<>]*>")
_BLOCK_TAG: Final = re.compile(
    r"</?(?:p|div|br|hr|li|ul|ol|dl|dd|dt|h[1-6]|t[rdh]|thead|tbody|tfoot|table|caption|pre|"
    r"blockquote|figure|figcaption|audio|video)\b[^<>]*>"
)
_BLOCK_END: Final = re.compile(r"</(?:p|div|ul|ol|dl|table|pre|blockquote|figure|h[1-6])>")
_PARTIAL: Final = re.compile(r"(?:<[^<>]*|&[^;&<>]{0,30})?\Z")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINES: Final = re.compile(r"\s*\n\s*")


def visible_text(clean: str) -> str:
    r"""The text of HTML that `clean_html` made, a line a block.

    >>> visible_text("<p>One <b>t</b>wo</p><p>A &amp; B</p>")
    'One two\nA & B'
    """
    text = unescape(_ANY_TAG.sub("", _BLOCK_TAG.sub("\n", clean)))
    return _LINES.sub("\n", _BLANKS.sub(" ", text)).strip()


def shorten_html(clean: str, url: str | None) -> str:
    """At most MAX_CONTENT bytes of clean HTML, cut between blocks, with a link on (B6.7)."""
    if len(clean) * 4 <= MAX_CONTENT or len(raw := clean.encode()) <= MAX_CONTENT:
        return clean
    fits, at = raw[:MAX_CONTENT].decode(errors="ignore"), 0
    for block in _BLOCK_END.finditer(fits):
        at = block.end()
    if at < len(fits) // 2:  # one huge block: anywhere but inside a tag or a reference, then
        at = next(_PARTIAL.finditer(fits)).start()
    link = f'<p><a href="{escape(url)}">Read on</a></p>' if url else ""
    # Cleaned again: what the cut left open is closed.
    return clean_html(clean[:at] + link)
