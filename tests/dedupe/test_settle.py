"""The entries of one document, told apart."""

import datetime as dt

from aggregator.dedupe.keys import entry_key, title_key, url_key
from aggregator.dedupe.settle import settle
from tests.values import NOON, arrivals, article


def test_entries_with_ids_of_their_own_are_kept_in_order() -> None:
    settled = arrivals(article(number=1), article(number=2), article(number=3))

    assert [a.article.entry_id for a in settled] == ["a-1", "a-2", "a-3"]


def test_a11_5_of_two_entries_with_one_id_the_later_updated_wins() -> None:
    old = article(number=1, updated=NOON - dt.timedelta(hours=2), title="Before")
    new = article(number=1, updated=NOON - dt.timedelta(hours=1), title="After")

    (settled,) = settle([new, old])

    assert settled.article.title == "After"


def test_a11_5_of_two_entries_with_one_id_and_one_date_the_first_wins() -> None:
    first = article(number=1, title="First")
    second = article(number=1, title="Second")

    (settled,) = settle([first, second])

    assert settled.article.title == "First"


def test_one_id_for_all_entries_says_nothing_and_their_addresses_stand_in() -> None:
    same = [article(number=n, entry_id="item") for n in (1, 2, 3)]

    settled = settle(same)

    assert [a.article.entry_id for a in settled] == [a.url for a in same]


def test_one_id_and_one_address_for_all_entries_leaves_the_titles_to_tell_them_apart() -> None:
    same = [article(number=n, entry_id="item", url="https://a.example/live") for n in (1, 2, 3)]

    settled = settle(same)

    assert len({a.article.entry_id for a in settled}) == 3


def test_a_page_listed_twice_under_two_ids_with_the_same_words_is_one_entry_known_by_both() -> None:
    once = article(number=1, entry_id="https://a.example/news/1#0")
    twice = article(number=1, entry_id="https://a.example/news/1#3")

    (settled,) = settle([once, twice])

    assert {entry_key("a", once.entry_id), entry_key("a", twice.entry_id)} <= set(settled.keys)


def test_entries_that_share_a_page_but_not_their_words_are_not_known_by_its_address() -> None:
    shared = "https://a.example/changes"
    edits = [article(number=n, url=shared, title="Jerusalem") for n in (1, 2, 3)]

    settled = settle(edits)

    assert len(settled) == 3
    assert all(url_key(shared, "Jerusalem") not in a.keys for a in settled)


def test_entries_that_share_a_title_are_not_known_by_it() -> None:
    settled = settle([article(number=n, title="a.example") for n in (1, 2)])

    assert all(title_key("a", "a.example") not in a.keys for a in settled)


def test_an_entry_is_known_by_its_id_its_page_and_its_title() -> None:
    one = article(number=1, declared_id="tag:a.example,2026:1")

    (settled,) = settle([one])

    kinds = [key.partition(":")[0] for key in settled.keys]
    assert kinds == ["entry", "url", "id", "title"]


def test_an_id_that_only_its_own_feed_can_know_is_no_key_for_others() -> None:
    (settled,) = settle([article(number=1, declared_id="12345")])

    assert not any(key.startswith("id:") for key in settled.keys)


def test_a_home_page_counts_as_an_address_only_together_with_the_title() -> None:
    home = "https://a.example/"

    assert url_key(home, "One thing") != url_key(home, "Another")
    assert url_key(home, "One thing") == url_key("http://www.a.example", "One thing!")
