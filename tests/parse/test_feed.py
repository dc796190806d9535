"""XML feeds: what feedparser gets wrong, or loses, and what we make of it."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Category, FailureKind, Media, ParsedFeed
from aggregator.parse.document import parse_feed
from aggregator.parse.media import media_kind
from tests.parse.helpers import URL, article, atom, entry, parsed, refused, rss

WHOLE = "<guid>g</guid><title>t</title>"


def texts(document: str) -> tuple[str | None, str | None, str | None]:
    """Title, summary and content of the only entry."""
    one = entry(document)
    title, summary, content = (
        t.value if t else None for t in (one.title, one.summary, one.content)
    )
    return title, summary, content


# --- texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "summary", "content"),
    [
        pytest.param("<description>short</description>", "short", None, id="description alone"),
        pytest.param("<content:encoded>long</content:encoded>", None, "long", id="content alone"),
        pytest.param(
            "<description>short</description><content:encoded>long</content:encoded>",
            "short",
            "long",
            id="both",
        ),
        pytest.param(
            "<content:encoded>long</content:encoded><description>short</description>",
            "short",
            "long",
            id="both, the other way round",
        ),
        pytest.param(
            "<description>same</description><content:encoded>same</content:encoded>",
            None,
            "same",
            id="both the same",
        ),
        pytest.param(
            "<description><![CDATA[<p>a &amp; b</p>]]></description>",
            "<p>a &amp; b</p>",
            None,
            id="CDATA",
        ),
        pytest.param(
            "<description>&lt;p&gt;a&lt;/p&gt;</description>", "<p>a</p>", None, id="escaped"
        ),
        pytest.param("<description/>", None, None, id="empty"),
    ],
)
def test_summary_and_content_of_an_rss_item(
    item: str, summary: str | None, content: str | None
) -> None:
    assert texts(rss(WHOLE + item)) == ("t", summary, content)


def test_a_caption_of_a_picture_does_not_become_the_text() -> None:
    document = rss(
        WHOLE + "<description>mine</description><media:content url='https://a.example/x.jpg'>"
        "<media:title>its title</media:title><media:description>its caption</media:description>"
        "<media:text>its words</media:text></media:content>"
    )

    assert texts(document) == ("t", "mine", None)


def test_an_entry_whose_picture_has_a_caption_still_has_no_text() -> None:
    document = rss(
        WHOLE + "<media:group><media:title>x</media:title>"
        "<media:description>y</media:description></media:group>"
    )

    assert texts(document) == ("t", None, None)


@pytest.mark.parametrize("attribute", ["", ' type="plain"', " type='html'"])
def test_a_caption_is_the_title_of_its_picture(attribute: str) -> None:
    document = rss(
        WHOLE + '<media:content url="https://a.example/x.jpg" medium="image">'
        f"<media:description{attribute}>Two > one</media:description></media:content>"
    )

    assert [media.title for media in entry(document).media] == ["Two > one"]


def test_keywords_and_categories_of_media_are_not_the_entrys() -> None:
    document = rss(
        WHOLE + "<media:keywords>k</media:keywords><media:category>c</media:category>"
        "<category>mine</category>"
    )

    assert entry(document).categories == (Category("mine"),)


@pytest.mark.parametrize(
    "written",
    [
        "intended Ã© Â£",
        "Ã©",
        "intended &#195;&#169;",
        "&#xC3;&#xA9; x",
        "<![CDATA[Ã©]]>",
        "é Ã© 中",
    ],
)
def test_a10_5_text_that_looks_as_if_it_were_decoded_twice_is_left_alone(written: str) -> None:
    plain = {"&#195;": "Ã", "&#169;": "©", "&#xC3;": "Ã", "&#xA9;": "©", "<![CDATA[": "", "]]>": ""}
    meant = written
    for reference, character in plain.items():
        meant = meant.replace(reference, character)

    document = rss(f"<guid>g</guid><title>{written}</title><description>{written}</description>")
    assert texts(document) == (meant, meant, None)


def test_a10_5_even_where_the_private_use_area_is_used() -> None:
    assert texts(rss("<guid>g</guid><title>\uf7c3 x</title>"))[0] == "\uf7c3 x"


def test_an_emoji_in_two_references_is_one_character_and_costs_no_feed() -> None:
    document = rss(
        "<guid>g</guid><title>&#55357;&#56832; a</title><description>&#xD83D;</description>"
    )

    assert texts(document) == ("😀 a", "\ufffd", None)
    assert parsed(document).notes == ()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("caf&eacute;&nbsp;x", "café\u00a0x"),
        ("a &amp; b", "a & b"),
        ("a & b", "a & b"),
        ("&bogus; x", "&bogus; x"),
    ],
)
def test_entities_that_xml_does_not_know_are_read_as_html(written: str, read: str) -> None:
    title = article(rss(f"<guid>g</guid><title>{written}</title>")).title

    assert title == " ".join(read.split())


@pytest.mark.parametrize(
    ("element", "value", "html"),
    [
        pytest.param("<title>1 &lt; 2</title>", "1 < 2", False, id="no type is text"),
        pytest.param('<title type="text">a &lt;b&gt;</title>', "a <b>", False, id="text"),
        pytest.param('<title type="html">a &lt;b&gt;</title>', "a <b>", True, id="html"),
        pytest.param(
            '<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">a <b>b</b></div></title>',
            "a <b>b</b>",
            True,
            id="xhtml",
        ),
    ],
)
def test_an_atom_text_is_what_its_type_says(element: str, value: str, html: bool) -> None:
    title = entry(atom(f"<id>1</id>{element}")).title

    assert title is not None
    assert (title.value, title.html) == (value, html)


def test_an_rss_title_may_be_html() -> None:
    title = entry(rss("<guid>g</guid><title>a &lt;b&gt;</title>")).title

    assert title is not None
    assert title.html


def test_the_longest_of_several_contents_counts() -> None:
    document = atom(
        "<id>1</id><title>t</title><content>short</content>"
        '<content type="html">&lt;p&gt;rather longer&lt;/p&gt;</content>'
    )

    assert texts(document)[2] == "<p>rather longer</p>"


# --- who -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("author", "names"),
    [
        pytest.param("jane@a.example (Jane Doe)", ("Jane Doe",), id="mail and name"),
        pytest.param("jane@a.com (Jane Doe)", ("Jane Doe",), id="a short domain"),
        pytest.param("Jane Doe (jane@news.museum)", ("Jane Doe",), id="name and mail"),
        pytest.param("Jane Doe &lt;jane@a.example&gt;", ("Jane Doe",), id="angle brackets"),
        pytest.param("<![CDATA[jane@a.example (Jane Doe)]]>", ("Jane Doe",), id="CDATA"),
        pytest.param("jane@a.example", (), id="mail alone is private"),
        pytest.param("mailto:jane@a.example", (), id="mailto"),
        pytest.param("Jane Doe", ("Jane Doe",), id="name alone"),
        pytest.param("Jane Doe (AP)", ("Jane Doe (AP)",), id="name and agency"),
        pytest.param("@jane", ("@jane",), id="a handle"),
        pytest.param("", (), id="empty"),
    ],
)
@pytest.mark.parametrize("element", ["author", "dc:creator"])
def test_an_author_is_a_name_and_never_a_mail_address(
    element: str, author: str, names: tuple[str, ...]
) -> None:
    assert entry(rss(f"{WHOLE}<{element}>{author}</{element}>")).authors == names


def test_several_authors_are_several() -> None:
    document = atom(
        "<id>1</id><title>t</title><author><name>A</name><email>a@a.example</email></author>"
        "<author><name>B</name></author><author><name>A</name></author>"
        "<author><email>c@a.example</email></author><contributor><name>D</name></contributor>"
    )

    assert entry(document).authors == ("A", "B")


def test_at_signs_elsewhere_stay() -> None:
    document = rss(
        "<guid>g</guid><title>a@b</title><author>jane@a.example (J)</author>"
        "<description><![CDATA[<author>x@y</author> z@w]]></description>"
    )

    assert texts(document)[:2] == ("a@b", "<author>x@y</author> z@w")


FEED_AUTHOR = "<author><name>Feed Author</name></author>"
SOURCE = "<source><id>tag:s.example,2026:f</id><title>S</title><author><name>Source Author</name></author></source>"


@pytest.mark.parametrize(
    ("inside", "authors"),
    [
        pytest.param("<author><name>Own</name></author>" + SOURCE, ("Own",), id="its own"),
        pytest.param(SOURCE, ("Source Author",), id="else of atom:source"),
        pytest.param("", ("Feed Author",), id="else of the feed"),
    ],
)
def test_a9_8_an_entry_inherits_its_author(inside: str, authors: tuple[str, ...]) -> None:
    document = atom(f"<id>1</id><title>t</title>{inside}", feed=FEED_AUTHOR)

    assert article(document).authors == authors


# --- links and bases -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("links", "link"),
    [
        pytest.param('<link href="https://a.example/1"/>', "https://a.example/1", id="no rel"),
        pytest.param(
            '<link rel="alternate" type="application/pdf" href="/1.pdf"/>'
            '<link rel="alternate" type="text/html" href="/1.html"/>',
            "https://a.example/1.html",
            id="the page of several alternates",
        ),
        pytest.param(
            '<link rel="enclosure" href="/1.mp3"/><link rel="related" href="/r"/>'
            '<link rel="alternate" href="/1"/>',
            "https://a.example/1",
            id="alternate among others",
        ),
    ],
)
def test_the_link_of_an_atom_entry_is_its_page(links: str, link: str) -> None:
    assert article(atom(f"<id>tag:a,2026:1</id><title>t</title>{links}")).url == link


@pytest.mark.parametrize(
    ("item", "url"),
    [
        pytest.param("<link>https://a.example/1</link>", "https://a.example/1", id="absolute"),
        pytest.param("<link>/1</link>", "https://a.example/1", id="relative to the feed"),
        pytest.param("<guid>https://a.example/1</guid>", "https://a.example/1", id="a guid that is one"),
        pytest.param(
            '<guid isPermaLink="true">https://a.example/1</guid>', "https://a.example/1", id="and says so"
        ),
        pytest.param('<guid isPermaLink="false">https://a.example/1</guid>', None, id="and denies it"),
        pytest.param(
            "<guid>https://a.example/1</guid><link>https://a.example/2</link>",
            "https://a.example/2",
            id="link before guid",
        ),
        pytest.param("<link><![CDATA[ https://a.example/1 ]]></link>", "https://a.example/1", id="CDATA"),
        pytest.param("<link>javascript:1</link>", None, id="one that runs"),
        pytest.param("<link/>", None, id="empty"),
    ],
)  # fmt: skip
def test_the_link_of_an_rss_item(item: str, url: str | None) -> None:
    assert article(rss(f"<title>t</title>{item}")).url == url


def test_a11_7_relative_addresses_follow_the_chain_of_xml_base() -> None:
    document = atom(
        '<id>1</id><title>t</title><link href="one"/>'
        '<content type="html" xml:base="deep/">&lt;a href="two"&gt;x&lt;/a&gt;</content>',
        attributes='xml:base="https://b.example/base/"',
    )

    made = article(document)
    assert made.url == "https://b.example/base/one"
    assert 'href="https://b.example/base/deep/two"' in made.html


def test_a11_7_without_xml_base_addresses_in_a_text_are_relative_to_the_entrys_page() -> None:
    document = rss(
        "<title>t</title><link>https://b.example/x/y.html</link>"
        "<description>&lt;a href='z.html'&gt;x&lt;/a&gt;</description>"
    )

    assert 'href="https://b.example/x/z.html"' in article(document).html


def test_a11_7_without_either_to_the_feeds_page() -> None:
    document = rss(
        "<title>t</title><guid isPermaLink='false'>1</guid>"
        "<description>&lt;a href='z.html'&gt;x&lt;/a&gt;</description>"
    )

    assert 'href="https://a.example/z.html"' in article(document).html


def test_languages_follow_the_chain_of_xml_lang() -> None:
    feed = parsed(
        atom(
            '<id>1</id><title>t</title><content xml:lang="es-mx">c</content>',
            '<id>2</id><title xml:lang="de">t</title>',
            "<id>3</id><title>t</title>",
            attributes='xml:lang="fr"',
        )
    )

    assert [one.lang for one in feed.entries] == ["es-MX", "de", "fr"]


@pytest.mark.parametrize(
    ("said", "lang"),
    [("en_us", "en-US"), ("EN", "en"), ("zh-hant", "zh-Hant"), ("English", None), ("und", None), ("", None)],
)  # fmt: skip
def test_b1_11_the_language_of_an_rss_feed_is_a_tag_or_none(said: str, lang: str | None) -> None:
    assert parsed(rss(channel=f"<language>{said}</language>")).info.lang == lang


# --- when, how often -------------------------------------------------------------------------------


def test_dates_of_an_rss_item() -> None:
    one = entry(
        rss(WHOLE + "<pubDate>Sat, 21 Nov 2026 12:00:00 CEST</pubDate>"
            "<atom:updated>2026-11-21T11:00:00Z</atom:updated>")
    )  # fmt: skip

    assert one.published == dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)
    assert one.updated == dt.datetime(2026, 11, 21, 11, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("dates", "published"),
    [
        ("<dc:date>2026-11-20T10:00:00Z</dc:date>", None),
        ("<dcterms:created xmlns:dcterms='http://purl.org/dc/terms/'>2026-11-20T10:00:00Z</dcterms:created>", 20),
        ("<pubDate></pubDate>", None),
        ("<pubDate>soon</pubDate>", None),
    ],
)  # fmt: skip
def test_what_is_no_date_of_publication_is_none(dates: str, published: int | None) -> None:
    one = entry(rss(WHOLE + dates))

    assert (one.published and one.published.day) == published


def test_a_date_of_an_update_is_not_one_of_publication() -> None:
    one = entry(atom("<id>1</id><title>t</title><updated>2026-11-21T10:00:00Z</updated>"))

    assert one.published is None
    assert one.updated == dt.datetime(2026, 11, 21, 10, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        pytest.param("", None, id="nothing said"),
        pytest.param("<ttl>90</ttl>", dt.timedelta(minutes=90), id="ttl in minutes"),
        pytest.param("<ttl>0</ttl>", None, id="none at all"),
        pytest.param("<ttl>-5</ttl>", None, id="a negative one"),
        pytest.param("<ttl>soon</ttl>", None, id="a word"),
        pytest.param("<ttl>99999999999</ttl>", dt.timedelta(days=365), id="a year at most"),
        pytest.param("<sy:updatePeriod>hourly</sy:updatePeriod>", dt.timedelta(hours=1), id="hourly"),
        pytest.param(
            "<sy:updatePeriod> Daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            dt.timedelta(hours=6),
            id="four times a day",
        ),
        pytest.param("<sy:updateFrequency>2</sy:updateFrequency>", dt.timedelta(hours=12), id="daily is meant"),
        pytest.param(
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            dt.timedelta(days=1),
            id="never is no frequency",
        ),
        pytest.param("<sy:updatePeriod>always</sy:updatePeriod>", None, id="no such period"),
        pytest.param(
            "<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>", dt.timedelta(days=1), id="the longer"
        ),
    ],
)  # fmt: skip
def test_a3_5_how_often_a_feed_says_it_changes(channel: str, ttl: dt.timedelta | None) -> None:
    assert parsed(rss(channel=channel)).ttl == ttl


@pytest.mark.parametrize(
    ("said", "complete"), [("yes", True), (" Yes ", True), ("no", False), ("", False)]
)
def test_a3_7_a_podcast_may_say_that_it_is_complete(said: str, complete: bool) -> None:
    channel = f"<itunes:complete>{said}</itunes:complete>"

    assert parsed(rss(channel=channel)).complete is complete


@pytest.mark.parametrize(
    ("hours", "kept"),
    [
        (["0", "13", "07"], (0, 7, 13)),
        (["24"], (0,)),
        (["1", "01", " 1 "], (1,)),
        (["25", "-1", "x", "", "123"], ()),
        ([str(hour) for hour in range(24)], ()),
        ([str(hour) for hour in range(23)], tuple(range(23))),
    ],
)
def test_hours_to_skip(hours: list[str], kept: tuple[int, ...]) -> None:
    said = "".join(f"<hour>{hour}</hour>" for hour in hours)

    assert parsed(rss(channel=f"<skipHours>{said}</skipHours>")).skip_hours == kept


@pytest.mark.parametrize(
    ("days", "kept"),
    [
        (["Sunday", "monday", "MONDAY"], (0, 6)),
        (["Someday", ""], ()),
        ("Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split(), ()),
    ],
)
def test_days_to_skip(days: list[str], kept: tuple[int, ...]) -> None:
    said = "".join(f"<day>{day}</day>" for day in days)

    assert parsed(rss(channel=f"<skipDays>{said}</skipDays>")).skip_days == kept


# --- media -----------------------------------------------------------------------------------------


def test_an_enclosure_has_its_type_length_and_duration() -> None:
    document = rss(
        WHOLE + '<enclosure url="https://a.example/e.mp3" type="Audio/MPEG" length="1234"/>'
        "<itunes:duration>1:02:03</itunes:duration>"
    )

    assert entry(document).media == (
        Media(
            "https://a.example/e.mp3",
            "audio/mpeg",
            "audio",
            length=1234,
            duration=3723,
            enclosure=True,
        ),
    )


@pytest.mark.parametrize(
    ("duration", "seconds"),
    [
        ("3600", 3600),
        ("62:03", 3723),
        ("1:02:03", 3723),
        ("0", None),
        ("soon", None),
        ("1:2:3:4", None),
    ],
)
def test_a_duration_is_read_in_its_three_forms(duration: str, seconds: int | None) -> None:
    document = rss(
        f'{WHOLE}<enclosure url="/e.mp3" type="audio/mpeg"/><itunes:duration>{duration}</itunes:duration>'
    )

    assert entry(document).media[0].duration == seconds


@pytest.mark.parametrize("length", ["", "0", "-1", "1.5", "many", "9" * 40, "٣"])
def test_a_length_that_is_none_is_none(length: str) -> None:
    document = rss(f'{WHOLE}<enclosure url="/e.mp3" type="audio/mpeg" length="{length}"/>')

    assert entry(document).media[0].length in (None, 0)


def test_media_of_one_address_are_one() -> None:
    document = rss(
        f'{WHOLE}<enclosure url="https://a.example/x.jpg" type="image/jpeg"/>'
        '<media:content url="https://a.example/x.jpg" width="640"/>'
        '<media:thumbnail url="https://a.example/x.jpg"/>'
    )

    assert [media.enclosure for media in entry(document).media] == [True]


def test_a_thumbnail_is_an_image_of_unknown_type() -> None:
    document = rss(WHOLE + '<media:thumbnail url="https://a.example/x" width="64" height="48"/>')

    assert entry(document).media == (
        Media("https://a.example/x", None, "image", width=64, height=48),
    )


def test_the_photographer_is_credited() -> None:
    document = rss(
        WHOLE
        + '<media:content url="https://a.example/x.jpg"><media:credit>P</media:credit></media:content>'
    )

    assert entry(document).media[0].credit == "P"


@pytest.mark.parametrize(
    "element", ["<enclosure/>", '<enclosure url=""/>', "<media:content/>", "<media:thumbnail/>"]
)
def test_media_without_an_address_are_none(element: str) -> None:
    assert entry(rss(WHOLE + element)).media == ()


@pytest.mark.parametrize(
    ("type_", "medium", "url", "kind"),
    [
        ("image/png", None, "/x", "image"),
        ("audio/mpeg", None, "/x", "audio"),
        ("video/mp4", None, "/x", "video"),
        ("video/mp4", "image", "/x", "image"),
        (None, None, "/x.JPG?w=1", "image"),
        ("application/pdf", None, "/x.jpg", "other"),
        (None, None, "/x.mp3", "other"),
        (None, "document", "/x", "other"),
    ],
)
def test_what_a_medium_is(type_: str | None, medium: str | None, url: str, kind: str) -> None:
    assert media_kind(type_, medium, url) == kind


# --- what a feed says of itself, and of others -----------------------------------------------------


def test_what_an_atom_feed_says_of_itself() -> None:
    info = parsed(
        atom(
            feed='<link rel="self" href="/feed"/><link type="text/html" href="/site"/><rights>R &amp; S</rights>'
            "<icon>/i.png</icon><author><name>A</name></author>",
            attributes='xml:lang="fr"',
        )
    ).info

    assert (info.title, info.id, info.lang, info.author) == (
        "Feed",
        "tag:a.example,2026:feed",
        "fr",
        "A",
    )
    assert (info.self_url, info.site_url) == ("https://a.example/feed", "https://a.example/site")
    assert (info.rights, info.icon) == ("R & S", "https://a.example/i.png")


def test_what_an_rss_feed_says_of_itself() -> None:
    info = parsed(
        rss(
            channel='<atom:link rel="self" href="https://a.example/f"/><copyright>C</copyright><language>en-us</language>'
            "<managingEditor>ed@a.example (Ed)</managingEditor>"
            "<image><url>https://a.example/i.png</url><title>other</title><link>https://o.example/</link></image>"
        )
    ).info

    assert (info.title, info.id, info.lang, info.author) == ("Feed", None, "en-US", "Ed")
    assert (info.self_url, info.site_url) == ("https://a.example/f", "https://a.example/")
    assert (info.rights, info.icon) == ("C", "https://a.example/i.png")


def test_an_id_that_may_not_stand_as_one_is_none() -> None:
    assert (
        parsed("<feed xmlns='http://www.w3.org/2005/Atom'><id>not a uri</id></feed>").info.id
        is None
    )


def test_b10_6_the_feed_an_entry_was_first_published_in_is_kept() -> None:
    origin = entry(
        atom(
            "<id>1</id><title>t</title><source><id>tag:s.example,2026:f</id><title>S</title>"
            '<link rel="self" href="https://s.example/f"/><link href="https://s.example/"/><rights>R</rights></source>'
        )
    ).origin

    assert origin is not None
    assert (origin.title, origin.id, origin.rights) == ("S", "tag:s.example,2026:f", "R")
    assert (origin.self_url, origin.site_url) == ("https://s.example/f", "https://s.example/")


def test_b10_6_the_source_of_an_rss_item_is_one_too() -> None:
    origin = entry(rss(WHOLE + '<source url="https://s.example/f">S</source>')).origin

    assert origin is not None
    assert (origin.title, origin.self_url) == ("S", "https://s.example/f")


def test_the_title_of_a_source_is_not_the_entrys() -> None:
    document = atom(f"<id>1</id>{SOURCE}<title>mine</title>", feed=FEED_AUTHOR)

    assert texts(document)[0] == "mine"


@pytest.mark.parametrize(
    ("item", "category"),
    [
        (
            '<category domain="https://a.example/c">One</category>',
            Category("One", "https://a.example/c"),
        ),
        ("<category>Two, three</category>", Category("Two, three")),
        ("<dc:subject>Four</dc:subject>", Category("Four")),
    ],
)
def test_categories_of_an_rss_item(item: str, category: Category) -> None:
    assert entry(rss(WHOLE + item)).categories == (category,)


def test_categories_of_an_atom_entry() -> None:
    document = atom(
        '<id>1</id><title>t</title><category term="t" scheme="https://a.example/" label="T"/><category/>'
    )

    assert entry(document).categories == (Category("t", "https://a.example/", "T"),)


def test_comments_and_rights_of_an_entry() -> None:
    one = entry(rss(WHOLE + "<comments>https://a.example/c</comments><dc:rights>R</dc:rights>"))

    assert (one.comments, one.rights) == ("https://a.example/c", "R")


# --- kinds, and broken ones ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (rss(WHOLE), "rss"),
        (f'<rss version="0.91"><channel><item>{WHOLE}</item></channel></rss>', "rss"),
        (f'<rss version="0.92"><channel><item>{WHOLE}</item></channel></rss>', "rss"),
        (f"<rss><channel><item>{WHOLE}</item></channel></rss>", "rss"),
        (atom("<id>1</id><title>t</title>"), "atom"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>t</title></feed>', "atom"),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"/>', "rdf"),
        ('<CHANNEL HREF="https://a.example/"><ITEM HREF="/x"><TITLE>t</TITLE></ITEM></CHANNEL>', "cdf"),
    ],
    ids=["RSS 2.0", "RSS 0.91", "RSS 0.92", "RSS without a version", "Atom 1.0", "Atom 0.3", "RSS 1.0", "CDF"],
)  # fmt: skip
def test_a10_3_the_first_element_tells_what_a_document_is(document: str, kind: str) -> None:
    assert parsed(document).kind == kind


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html",
        "text/plain; charset=utf-8",
        "application/octet-stream",
        "image/png",
        "",
        "nonsense",
    ],
)
def test_a10_3_the_media_type_decides_nothing(content_type: str) -> None:
    assert len(parsed(rss(WHOLE), content_type).entries) == 1


@pytest.mark.parametrize(
    "before", ["", "\n\n ", "\ufeff", "<!-- x -->\n", "<?x y?>", "some words "]
)
def test_what_stands_before_the_feed_is_overlooked(before: str) -> None:
    assert len(parsed(before + rss(WHOLE)).entries) == 1


@pytest.mark.parametrize(
    "around",
    [
        "<br />\n<b>Warning</b>: include(x.php) in <b>/y.php</b> on line <b>3</b><br />\n{}",
        "<html><head><title>x</title></head><body>{}</body></html>",
        "<!DOCTYPE html>\n<html><body><pre>{}</pre></body></html>",
        "<xml>{}</xml>",
    ],
    ids=["a warning of PHP's", "a page", "a page with a doctype", "another element"],
)
def test_a_feed_inside_something_else_is_found(around: str) -> None:
    feed = parsed(around.format(rss(WHOLE)))

    assert (feed.kind, [one.id for one in feed.entries]) == ("rss", ["g"])


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        pytest.param("", "the server sent an empty document", id="nothing"),
        pytest.param(" \n", "the server sent an empty document", id="blanks"),
        pytest.param(
            "<!DOCTYPE html><html></html>",
            "an HTML page; `aggregator add` finds the feed behind a page",
            id="a page",
        ),
        pytest.param(
            "<!-- a --> <!-- b -->\n<HTML></HTML>",
            "an HTML page; `aggregator add` finds the feed behind a page",
            id="a page behind comments",
        ),
        pytest.param(
            "<html><body>&lt;rss <rss version='2.0'></rss></body></html>",
            "something else, with a feed in it that has no entries",
            id="a page about feeds",
        ),
        pytest.param(
            "<opml version='2.0'><body/></opml>",
            "no RSS, Atom or JSON feed but a list of feeds, for `aggregator import`",
            id="OPML",
        ),
        pytest.param("just words", "no RSS, Atom or JSON feed but something else", id="words"),
    ],
)
def test_a_document_without_a_feed_says_what_it_is(document: str, detail: str) -> None:
    failure = refused(document)

    assert (failure.kind, failure.phase, failure.detail) == (
        FailureKind.NOT_A_FEED,
        "parse",
        detail,
    )


def test_many_comments_before_a_page_are_passed_over() -> None:
    assert refused("<!-- -->\n" * 5000 + "<x/>").kind is FailureKind.NOT_A_FEED


def test_a9_5_broken_xml_with_a_usable_entry_is_read_and_noted() -> None:
    feed = parsed(rss(WHOLE + "<description>a & b</description>"))

    assert [one.id for one in feed.entries] == ["g"]
    assert len(feed.notes) == 1
    assert feed.notes[0].startswith("not well-formed: line ")


def test_a9_5_a_document_cut_off_keeps_what_came() -> None:
    whole = rss(WHOLE, "<guid>h</guid><title>u</title>")
    feed = parsed(whole.removesuffix("</item></channel></rss>"))

    assert [one.id for one in feed.entries] == ["g", "h"]


@pytest.mark.parametrize(
    "item", ["<title>t</title>", "<guid>g</guid>", "<description>d</description>"]
)
def test_a9_5_broken_xml_without_a_usable_entry_is_no_feed(item: str) -> None:
    failure = refused(rss(item + "<x>&</x>"))

    assert failure.kind is FailureKind.NOT_A_FEED
    assert failure.detail.startswith("broken XML (line ")


def test_a_whole_document_without_entries_is_a_feed_without_entries() -> None:
    assert parsed(rss()).entries == ()


@pytest.mark.parametrize(
    "fault",
    [
        "u & v",
        "u&nbsp;v",
        pytest.param(
            "<br>",
            marks=pytest.mark.xfail(
                reason="feedparser's resolved ids are taken for the entries expat did not reach",
                strict=True,
            ),
        ),
    ],
)
def test_a11_3_an_id_is_the_same_whether_or_not_the_document_around_it_is_well_formed(
    fault: str,
) -> None:
    items = [
        "<guid isPermaLink='false'>1</guid><title>t</title>",
        f"<guid>2</guid><title>{fault}</title>",
    ]
    broken = parsed(rss(*items, "<guid isPermaLink='false'>3</guid><title>w</title>"))

    assert [one.id for one in broken.entries] == ["1", "2", "3"]


@pytest.mark.parametrize(
    "inside",
    [
        "<textInput><title>x</title><link>l</link></textInput>",
        "<gml:pos>1</gml:pos>",
        "<psc:chapters version='1.1'><psc:chapter/></psc:chapters>",
        "<image><width/></image><width/><height/>",
    ],
    ids=[
        "textInput in an item",
        "a place without its frame",
        "a chapter without a start",
        "no width",
    ],
)
def test_what_feedparser_trips_over_costs_no_feed(inside: str) -> None:
    feed = parsed(rss(WHOLE + inside, "<guid>h</guid><title>u</title>"))

    assert [one.id for one in feed.entries] == ["g", "h"]


@pytest.mark.parametrize(
    "text", ["x" * 50_000, f"<![CDATA[{'x' * 50_000}]]>", "x" * 996 + "&amp;y" * 9]
)
@pytest.mark.parametrize("name", ["author", "dc:creator", "managingEditor"])
def test_a_name_without_end_is_cut_before_feedparser_looks_for_a_mail_address(
    name: str, text: str
) -> None:
    one = entry(rss(f"{WHOLE}<{name}>{text}</{name}>"))

    assert all(995 <= len(author) <= 1000 for author in one.authors)
    assert one.title is not None


def test_whatever_feedparser_raises_is_a_failure_and_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr("feedparser.parse", stumble)

    assert refused(rss(WHOLE)).detail == "feedparser cannot read it: KeyError"


PIECES = [
    "<item>", "</item>", "<entry>", "</entry>", "<title>", "</title>", "<title type='html'>", "<guid>",
    "</guid>", "<link>", "</link>", "<link href='x' rel='self'/>", "<id>1</id>", "<author>", "</author>",
    "<name>", "j@a.example", "<source>", "</source>", "<image>", "</image>", "<width/>", "<textInput>",
    "<category>", "<media:content url='x'/>", "<media:group>", "<media:title type='plain'>", "<itunes:duration>",
    "<description>", "</description>", "<content type='xhtml'>", "<div>", "</div>", "<![CDATA[", "]]>", "<!--",
    "-->", "&amp;", "&nbsp;", "&", "&#55357;", "&#1;", "Ã©", "é", "word", "<pubDate>", "1:2", "<gml:pos>",
    "<georss:point xmlns:georss='http://www.georss.org/georss'>", "xml:base='::'", "<x xml:base='http://[x'>",
    "<cc:license xmlns:cc='http://web.resource.org/cc/'/>", "<ttl>", "9", "<psc:chapter/>", "<a:b>", "\x00",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=20).map("".join), st.booleans())
def test_any_document_is_a_feed_or_a_failure_and_never_an_error(inside: str, as_rss: bool) -> None:
    document = rss(inside) if as_rss else atom(inside)
    result = parse_feed(document.encode(), URL)

    assert isinstance(result, ParsedFeed) or result.kind in (
        FailureKind.NOT_A_FEED,
        FailureKind.HOSTILE,
    )


@pytest.mark.parametrize(
    ("said", "withheld"),
    [
        ("<access:restriction relationship='deny'/>", True),
        ("<f:restriction xmlns:f='http://www.bloglines.com/about/specs/fac-1.0' relationship='DENY'/>", True),
        ("<access:restriction relationship='allow'/>", False),
        ("<itunes:block>Yes</itunes:block>", True),
        ("<itunes:block>no</itunes:block>", False),
        ("", False),
    ],
)  # fmt: skip
def test_a13_2_feeds_and_entries_that_ask_not_to_be_republished_are_known(
    said: str, withheld: bool
) -> None:
    said = said.replace(
        "<access:restriction",
        "<access:restriction xmlns:access='http://www.bloglines.com/about/specs/fac-1.0'",
    )

    of_feed = parsed(rss(WHOLE, channel=said))
    of_entry = parsed(rss(WHOLE + said))

    assert (of_feed.info.withheld, of_feed.entries[0].withheld) == (withheld, False)
    assert (of_entry.info.withheld, of_entry.entries[0].withheld) == (False, withheld)
