"""Ids that never change."""

import pytest

from aggregator.publish.ids import MAX_ID, default_site_id, feed_id, minted_id, own_id
from tests.values import article, topic

SITE_ID = "tag:news.example.org,2026:"


@pytest.mark.parametrize(
    "said",
    [
        "tag:a.example,2026:1",
        "https://a.example/?p=1#x",
        "urn:uuid:1225c695-cfb8-4ebb-aaaa-80da344efa6a",
    ],
)
def test_b2_1_the_sources_own_id_is_the_storys_byte_for_byte(said: str) -> None:
    assert own_id(article(declared_id=said), SITE_ID) == said


@pytest.mark.parametrize(
    "said",
    [
        None,
        "12345",
        "a b:c",
        "https://a.example/ä",
        "/relative",
        "tag:a.example,2026:" + "x" * MAX_ID,
        "http://",
        f"{SITE_ID}e/l3pzn5hxixcnn7kkzwdfhdqm3x",
        f"{SITE_ID}topic/isis",
    ],
    ids="none,a number,blank,not ASCII,relative,too long,no host,our entry,our feed".split(","),
)
def test_b2_2_b2_3_what_is_no_short_absolute_ascii_uri_is_no_id_for_others(
    said: str | None,
) -> None:
    assert own_id(article(declared_id=said), SITE_ID) is None


def test_b2_2_a_minted_id_depends_on_the_source_and_its_entry_id_alone() -> None:
    one = minted_id(article("a", 1), "tag:x.example,2026:")

    assert one == minted_id(article("a", 1, title="Edited", url=None), "tag:x.example,2026:")
    assert one != minted_id(article("b", 1, entry_id="a-1"), "tag:x.example,2026:")
    assert one.startswith("tag:x.example,2026:e/")
    assert len(one.removeprefix("tag:x.example,2026:e/")) == 26


def test_b1_4_a_topics_feed_keeps_its_id_under_a_new_name() -> None:
    before = feed_id(topic("isis"), "tag:x.example,2026:")

    after = feed_id(topic("islamic-state", was=("isis", "daesh")), "tag:x.example,2026:")

    assert after == before == "tag:x.example,2026:topic/isis"


def test_a_site_without_an_id_takes_its_host() -> None:
    assert default_site_id("https://news.example/") == "tag:news.example,2026:"
    assert default_site_id("http://[::1]:8000/") == "tag:..1,2026:"
