"""The small types of feeds.yaml: lengths of time, addresses, keys."""

import datetime as dt
import hashlib
import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from ..text.urls import absolute
from ..text.words import one_line

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw]?)")
_LONGEST: Final = dt.timedelta(days=3660)
MAX_KEY: Final = 64
_KEY: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_TOPIC: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_HOST_PATH: Final = re.compile(r"[\w-]+(?:\.[\w-]+)+(?::\d+)?(?:/\S*)?")
_HOST_PORT: Final = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")


def length_of_time(value: Any) -> Any:
    """`30m`, `2h`, `1d`, or a number of seconds, as a timedelta."""
    if isinstance(value, dt.timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("write a length of time as 30s, 15m, 2h or 1d")  # noqa: TRY004 - for pydantic
    found = _LENGTH.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no length of time; write 30s, 15m, 2h or 1d")
    seconds = float(found[1]) * _UNITS[found[2] or "s"]
    if seconds > _LONGEST.total_seconds():
        raise ValueError(f"{value} is longer than ten years")
    return dt.timedelta(seconds=seconds)


def _address(value: Any) -> str:
    text = str(value).strip()
    if re.match(r"feed:(?://)?", text):
        text = re.sub(r"^feed:(?://)?(?=https?://)|^feed://", "", text)
        text = text if text.startswith("http") else f"http://{text}"
    if "://" not in text:
        guess = f"; did you mean https://{text}?" if _HOST_PATH.fullmatch(text) else ""
        raise ValueError(f"{text!r} is no address{guess}")
    if absolute(text) is None:
        raise ValueError(f"{text!r} is no http or https address")
    return text


def _key(value: str) -> str:
    if not _KEY.fullmatch(value):
        raise ValueError(
            f"{value!r} cannot be a key: use small letters, digits, dots, dashes and underscores"
        )
    return value


def topic_key(value: str) -> str:
    """A topic's key, which stands in its address."""
    if value == "all":
        raise ValueError("`all` is the feed of all stories; choose another key")
    if not _TOPIC.fullmatch(value):
        raise ValueError(
            f"{value!r} cannot be a topic's key, which stands in its address: "
            "use small letters, digits and dashes"
        )
    return value


def _host_port(value: str) -> str:
    if not _HOST_PORT.fullmatch(value) or not 0 < int(value.rpartition(":")[2]) < 65536:
        raise ValueError(f"{value!r} is not HOST:PORT, as in 10.0.0.5:8080")
    return value


def _database(value: str) -> str:
    if value and not re.match(r"sqlite:///|postgresql(?:\+psycopg)?://", value):
        raise ValueError(
            "is no database we know: write sqlite:///FILE or postgresql://USER@HOST/NAME"
        )
    return value


def _site_id(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9+.\-]*:[A-Za-z0-9\-._~:/@!$&'()*+,;=]*[:/]", value):
        raise ValueError(
            f"{value!r} cannot begin ids: write tag:HOST,YEAR: as in tag:news.example,2026:"
        )
    return value


def _contact(value: str) -> str:
    address = value.removeprefix("mailto:")
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+", address):
        raise ValueError(f"{value!r} is no mail address; write mailto:editor@news.example")
    return f"mailto:{address}"


def _title(value: str) -> str:
    title = one_line(value)
    if not title:
        raise ValueError("holds no letter: write a title, or leave it out")
    return title


Length = Annotated[
    dt.timedelta,
    BeforeValidator(length_of_time),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": r"^\d+(\.\d+)?\s*[smhdw]?$"},
                {"type": "number", "minimum": 0},
            ],
            "description": "A length of time: 30s, 15m, 2h, 1d, or seconds.",
        }
    ),
]
# What stands in feeds and pages, where nothing may turn the reading direction (B4.7).
Line = Annotated[str, AfterValidator(one_line)]
Title = Annotated[str, AfterValidator(_title)]
Address = Annotated[str, AfterValidator(_address)]
Key = Annotated[str, AfterValidator(_key)]
TopicKey = Annotated[str, AfterValidator(topic_key)]
HostPort = Annotated[str, AfterValidator(_host_port)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
SiteId = Annotated[str, AfterValidator(_site_id)]
Contact = Annotated[str, AfterValidator(_contact)]


def key_from(url: str) -> str:
    """A source's key when feeds.yaml gives none: its address, as far as it fits.

    >>> key_from("https://feeds.bbci.co.uk/news/world/rss.xml")
    'feeds.bbci.co.uk-news-world-rss.xml'
    """
    page = re.sub(r"^https?://(?:[^/@]*@)?(?:www\.)?", "", url.lower())
    key = re.sub(r"[^a-z0-9._]+", "-", page).strip("-._") or "source"
    if len(key) <= MAX_KEY:
        return key
    digest = hashlib.sha256(page.encode()).hexdigest()[:8]
    return f"{key[: MAX_KEY - 9]}-{digest}"
