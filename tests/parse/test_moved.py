"""Documents that say where their feed has moved (A5.8)."""

from aggregator.model import Failure, FailureKind, ParsedFeed
from aggregator.parse.document import parse_feed
from tests.parse.helpers import URL, rss

NEW = "https://new.example/feed"


def test_a5_8_a_podcast_that_names_its_new_address_is_read_and_the_address_kept() -> None:
    said = f"<itunes:new-feed-url> {NEW} </itunes:new-feed-url>"

    parsed = parse_feed(rss("<title>E</title><guid>1</guid>", channel=said).encode(), URL)

    assert isinstance(parsed, ParsedFeed)
    assert parsed.info.moved_to == NEW
    assert len(parsed.entries) == 1


def test_a5_8_a_new_address_that_is_none_is_forgotten() -> None:
    said = "<itunes:new-feed-url>javascript:alert(1)</itunes:new-feed-url>"

    parsed = parse_feed(rss("<title>E</title><guid>1</guid>", channel=said).encode(), URL)

    assert isinstance(parsed, ParsedFeed)
    assert parsed.info.moved_to is None


def test_a5_8_a_document_that_is_nothing_but_a_redirect_is_told_and_not_followed() -> None:
    body = f"<redirect><newLocation>{NEW}</newLocation></redirect>".encode()

    failure = parse_feed(body, URL)

    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.NOT_A_FEED
    assert NEW in failure.detail
