"""Stories of about the same news find one another, in other words, and are never one."""

import datetime as dt
import random
import time
from collections.abc import Iterable

import pytest
from lxml import html as lxml_html

from aggregator.model import Article, Blocklist
from aggregator.pipeline.commit import commit
from aggregator.pipeline.due import sync_sources
from aggregator.pipeline.related import MOST, Rarity, likeness, related, vocabulary
from aggregator.pipeline.setup import Setup
from aggregator.pipeline.site import Site
from aggregator.pipeline.topics import sync_topics
from aggregator.publish.ids import page_of, story_path
from aggregator.store import SqlStore
from tests.values import NOON, article, finished, setup, source

DAY = dt.timedelta(days=1)
ONE = article(
    "a",
    "peru-1",
    title="Peru's Congress removes interim President Jerí",
    text="Lawmakers in Lima voted to oust José Jerí over a corruption probe after four months.",
)
OTHER = article(
    "b",
    "peru-2",
    title="Peru ousts its interim president",
    text="José Jerí, in office for four months, was voted out in Lima amid a corruption probe.",
)
# What else is in the news.
PAPER = [
    article("c", n, title=title, text=text)
    for n, (title, text) in enumerate(
        (
            ("Harbour bridge closes for repairs", "The council said the work in May takes a year."),
            ("Rail strike enters its second week", "Talks with the union ended after four hours."),
            ("Museum finds a lost painting", "It hung in an office in Porto for fifty years."),
            ("Rates stay where they are", "The bank said that prices rose less than it feared."),
            ("Floods reach the old town", "Hundreds of people left their homes in the night."),
            ("A comet passes the sun", "It may be seen in the west after dusk for a month."),
            ("Parliament debates the budget", "The president said that there was little to spend."),
            ("Coach leaves after a lost final", "He was in charge of the team for three years."),
        )
    )
]


def hold(store: SqlStore, articles: Iterable[Article], in_force: Setup) -> None:
    """Store each as it came."""
    sync_sources(store, in_force, NOON)
    sync_topics(store, in_force, NOON)
    for one in articles:
        at = one.first_seen_at
        commit(store, [finished(in_force, one, at=at)], in_force, lambda: 0.0)


def beside(store: SqlStore, one: Article, in_force: Setup | None = None) -> list[str]:
    """The titles of what is related to the story of an article."""
    for _, story in store.all_stories():
        if one.identity in {told.identity for told in story.articles}:
            with store.reading() as ask:
                return [
                    other.articles[0].title for other in related(ask, story, in_force or setup())
                ]
    raise AssertionError("there is no such story")


def test_the_same_news_in_other_words_is_related_both_ways(store: SqlStore) -> None:
    hold(store, [ONE, *PAPER, OTHER], setup())

    assert beside(store, ONE) == [OTHER.title]
    assert beside(store, OTHER) == [ONE.title]
    assert [beside(store, one) for one in PAPER] == [[]] * len(PAPER)


@pytest.mark.parametrize(
    ("one", "other", "third"),
    [
        (
            (
                "الجيش العراقي يستعيد مدينة الرمادي",
                "أعلن رئيس الوزراء حيدر العبادي استعادة الرمادي من داعش",
            ),
            (
                "العبادي: القوات دخلت الرمادي",
                "قال رئيس الوزراء إن الجيش استعاد مدينة الرمادي من تنظيم داعش",
            ),
            ("افتتاح مهرجان الفيلم في القاهرة", "قال وزير الثقافة إن مئة فيلم تشارك في المهرجان"),
        ),
        (
            (
                "El Congreso de Perú destituye a Jerí",
                "El presidente interino cae por un caso de corrupción en Lima",
            ),
            (
                "Perú: cae el presidente interino José Jerí",
                "Lo destituye el Congreso en Lima por corrupción",
            ),
            ("Cierra el puente del puerto", "El ayuntamiento dijo que la obra dura un año"),
        ),
        (
            (
                "Hochwasser erreicht Passau",
                "Die Donau steigt in Passau auf zehn Meter, die Altstadt wird geräumt",
            ),
            (
                "Altstadt von Passau geräumt",
                "Wegen Hochwasser der Donau müssen Bewohner gehen, zehn Meter erwartet",
            ),
            (
                "Bahn streikt in der zweiten Woche",
                "Die Gespräche endeten nach vier Stunden ohne Ergebnis",
            ),
        ),
        (
            (
                "Séisme de magnitude 6 près de Grenoble",
                "Le séisme a fait trois blessés, dit la préfecture de l'Isère",
            ),
            (
                "Trois blessés dans un séisme en Isère",
                "La terre a tremblé près de Grenoble, magnitude 6",
            ),
            (
                "Le musée retrouve un tableau perdu",
                "Il était accroché dans un bureau depuis cinquante ans",
            ),
        ),
        (
            (
                "Землетрясение на Камчатке",
                "Магнитуда составила 7, жителей Петропавловска предупредили о цунами",
            ),
            (
                "На Камчатке объявлена угроза цунами",
                "Причина: землетрясение магнитудой 7 у Петропавловска",
            ),
            ("Музей нашел потерянную картину", "Она висела в кабинете пятьдесят лет"),
        ),
        (
            ("四川发生6.8级地震", "四川省泸定县发生6.8级地震，已造成数十人遇难，救援队赶赴灾区"),
            ("泸定地震救援继续", "四川泸定6.8级地震造成数十人遇难，救援队已到达灾区"),
            ("博物馆找到失踪的画作", "这幅画在办公室里挂了五十年"),
        ),
        (
            (
                "能登半島で震度7の地震",
                "石川県能登地方で地震があり、津波警報が出された。住宅が倒壊した",
            ),
            ("石川県の地震で住宅倒壊", "能登半島の震度7の地震で津波警報、避難が続く"),
            ("失われた絵画を発見", "五十年間、事務所の壁に掛かっていた"),
        ),
    ],
    ids=["ar", "es", "de", "fr", "ru", "zh", "ja"],
)
def test_it_is_found_in_other_languages_too(
    sqlite_store: SqlStore, one: tuple[str, str], other: tuple[str, str], third: tuple[str, str]
) -> None:
    first, second, else_ = (
        article(key, f"own-{key}", title=title, text=text)
        for key, (title, text) in zip("abc", (one, other, third), strict=True)
    )
    hold(sqlite_store, [first, *PAPER, second, else_], setup())

    assert beside(sqlite_store, first) == [second.title]
    assert beside(sqlite_store, second) == [first.title]
    assert beside(sqlite_store, else_) == []


def test_what_was_news_a_week_before_is_not_related(sqlite_store: SqlStore) -> None:
    later = article("b", "peru-2", title=OTHER.title, text=OTHER.text, at=NOON + 4 * DAY)
    hold(sqlite_store, [ONE, *PAPER, later], setup())

    assert beside(sqlite_store, ONE) == []


def test_at_most_five_are_shown_the_likest_first(sqlite_store: SqlStore) -> None:
    keys = "defghij"
    in_force = setup(sources=[source(key) for key in ("a", "c", *keys)])
    text = OTHER.text.split()
    # In another order each: copies would be one story.
    many = [
        article(
            key, "peru", title=OTHER.title, text=" ".join(random.Random(n).sample(text, len(text)))
        )
        for n, key in enumerate(keys)
    ]
    quiet = [
        article(
            "c", n, title=f"In town{n}", text="After a year in office a mayor had little to say."
        )
        for n in range(90)
    ]
    hold(sqlite_store, [ONE], in_force)
    commit(sqlite_store, [finished(in_force, *quiet)], in_force, lambda: 0.0)
    nearest = article("d", "best", title=ONE.title, text=OTHER.text, url="https://d.example/b")
    hold(sqlite_store, [*many, nearest], in_force)

    found = beside(sqlite_store, ONE, in_force)

    assert len(found) == MOST
    assert found[0] == ONE.title


def test_a_withheld_a_blocked_or_an_unpublished_story_is_related_to_none(
    sqlite_store: SqlStore,
) -> None:
    hold(sqlite_store, [ONE, *PAPER, OTHER], setup())
    blocked = setup(blocklist=Blocklist(hosts=frozenset({"b.example"})))

    assert beside(sqlite_store, ONE) == [OTHER.title]
    assert beside(sqlite_store, ONE, blocked) == []
    assert beside(sqlite_store, OTHER, blocked) == []
    with sqlite_store.writing() as tell:
        pk = next(pk for pk, s in sqlite_store.all_stories() if s.articles[0].source == "b")
        tell.withdraw("all", [pk])
    assert beside(sqlite_store, ONE) == []


def test_two_texts_without_three_rare_words_in_common_are_not_alike() -> None:
    known = Rarity(200, {"the": 190, "of": 180})
    one = vocabulary(article("a", 1, title="The mayor of Porto", text=""))
    other = vocabulary(article("b", 2, title="The mayor of Lille", text=""))

    assert likeness(one, other, known) == 0.0
    assert likeness(one, one, known) == 0.0  # two rare words are too few, whatever their share


def test_likeness_is_the_same_both_ways() -> None:
    known = Rarity(0, {})
    one, other = vocabulary(ONE), vocabulary(OTHER)

    assert likeness(one, other, known) == likeness(other, one, known)
    assert 1 / 3 < likeness(one, other, known) < likeness(one, one, known) == 1.0


def test_a_hostile_text_costs_no_more_than_another(sqlite_store: SqlStore) -> None:
    """Nothing but words that every story has; one word without end; one letter, and its marks."""
    evil = [
        article("a", "e1", title="the " * 200, text="the of in " * 100_000),
        article("b", "e2", title="x" * 500, text="x" * 1_000_000),
        article("c", "e3", title="ا" * 500, text="وال" * 300_000),
    ]
    hold(sqlite_store, [*evil, *PAPER], setup())

    for one in evil:
        began = time.process_time()
        assert beside(sqlite_store, one) == []
        assert time.process_time() - began < 2.0


def test_when_looking_takes_too_long_there_is_none(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aggregator.store.reading import Reader

    hold(store, [ONE, *PAPER, OTHER], setup())

    def late(*_given: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(Reader, "bearers", late)

    assert beside(store, ONE) == []


def test_the_page_leads_to_the_page_of_the_other(store: SqlStore) -> None:
    hold(store, [ONE, *PAPER, OTHER], setup())
    ids = {
        s.articles[0].source: s.id for _, s in store.all_stories() if s.articles[0].source in "ab"
    }
    pages = Site(store, setup, lambda: "aggregator/test", lambda: NOON + DAY)

    document = pages.document(story_path(ids["a"]))

    assert document is not None
    page = lxml_html.document_fromstring(document.rendering.body.decode())
    listed = page.find(".//ul[@class='tellings']")
    assert listed is not None
    assert [(link.text, link.get("href")) for link in listed.iter("a")] == [
        (OTHER.title, f"../{story_path(ids['b'])}")
    ]
    none = pages.document(
        story_path(next(s.id for _, s in store.all_stories() if s.articles[0].source == "c"))
    )
    assert none is not None
    assert b'id="related"' not in none.rendering.body


def test_a_copy_of_the_site_links_to_no_page_that_it_does_not_have(sqlite_store: SqlStore) -> None:
    in_force = setup()
    hold(sqlite_store, [ONE, *PAPER, OTHER], in_force)
    ids = {s.articles[0].source: s.id for _, s in sqlite_store.all_stories()}
    pages = Site(sqlite_store, lambda: in_force, lambda: "aggregator/test", lambda: NOON + DAY)
    served = pages.document(story_path(ids["a"]))

    whole = pages.story_page(page_of(ids["a"]), {page_of(ids["b"])})
    alone = pages.story_page(page_of(ids["a"]), set())

    assert served is not None
    assert whole == (served, [page_of(ids["b"])])
    assert alone is not None
    assert alone[1] == []
    assert b'id="related"' not in alone[0].rendering.body
