"""Mistakes in feeds.yaml: each with its line, its column and its mend, all of them at once."""

import pytest
from ruamel.yaml import YAML

from aggregator.config.places import place, place_in_text
from tests.config.helpers import mistake, mistakes


def test_mistakes_of_every_kind_are_told_at_once_in_the_order_of_the_file() -> None:
    said = mistakes("""\
        site:
          titel: News
        sources:
          - a.example/feed
          - url: https://b.example/
            every: soon
        topics:
          isis:
            query: (isis
          Ai:
            query: ai
        """)

    assert [line.partition(": ")[0] for line in said] == [
        "feeds.yaml:2:3",
        "feeds.yaml:4:5",
        "feeds.yaml:6:12",
        "feeds.yaml:9:12",
        "feeds.yaml:10:3",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # form
        ("sites: {}", "1:1: sites: there is no such key; did you mean site?"),
        ("site: {zzz: 1}", ("1:8: site.zzz: there is no such key; known are title, url, contact, "
         "description, lang, id, hubs")),
        ("sources:\n  - titel: A\n    url: https://a.example/",
         "2:5: sources[0].titel: there is no such key; did you mean title?"),
        ("sources:\n  - title: A", "2:5: sources[0].url: is missing; add it"),
        ("sources: https://a.example/",
         "1:10: sources: a list belongs here: each item on a line, behind a dash"),
        ("sources:\n  a: https://a.example/",
         "1:1: sources: a list belongs here: each item on a line, behind a dash"),
        ("site: News", "1:7: site: a mapping belongs here: keys and values, indented"),
        ("topics:\n  - isis", "1:1: topics: a mapping belongs here: keys and values, indented"),
        ("topics:\n  isis: isis", "2:9: topics.isis: a mapping belongs here: keys and values, indented"),
        ("topics:\n  isis:\n    query: 7",
         "3:12: topics.isis.query: a text belongs here, not 7; put it in quotes"),
        ("sources:\n  - url: https://a.example/\n    content: all",
         "3:14: sources[0].content: 'all' is not one of 'summary' or 'full'"),
        ("site: {lang: English!}",
         "1:14: site.lang: this does not fit here; write a language tag, as in en or pt-BR"),
        ("sources:\n  - url: https://a.example/\n    auth: bob:secret",
         "3:11: sources[0].auth: this does not fit here; write env:NAME or file:PATH"),
        # small types
        ("sources:\n  - a.example/feed",
         "2:5: sources[0].url: 'a.example/feed' is no address; did you mean https://a.example/feed?"),
        ("sources:\n  - ftp://a.example/",
         "2:5: sources[0].url: 'ftp://a.example/' is no http or https address"),
        ("sources:\n  - url: https://a.example/\n    key: The A",
         ("3:10: sources[0].key: 'The A' cannot be a key: use small letters, digits, dots, dashes and "
         "underscores")),
        ("topics:\n  all: {query: x}",
         "2:3: topics.all: `all` is the feed of all stories; choose another key"),
        ("topics:\n  The News: {query: x}",
         ("2:3: topics.The News: 'The News' cannot be a topic's key, which stands in its address: use "
         "small letters, digits and dashes")),
        ("settings:\n  fetch:\n    min_interval: 5 minutes",
         "3:19: settings.fetch.min_interval: '5 minutes' is no length of time; write 30s, 15m, 2h or 1d"),
        ("settings:\n  fetch:\n    min_interval: 5000d",
         "3:19: settings.fetch.min_interval: 5000d is longer than ten years"),
        ("settings: {fetch: {min_interval: 2h, max_interval: 1h}}",
         "1:52: settings.fetch.max_interval: is shorter than min_interval, which no poll may be"),
        ("settings: {database: 'mysql://h/n'}",
         ("1:22: settings.database: is no database we know: write sqlite:///FILE or "
         "postgresql://USER@HOST/NAME")),
        ("sources: [not a url]", "1:11: sources[0].url: 'not a url' is no address"),
        ("settings: {listen: 8000}", "1:20: settings.listen: a text belongs here, not 8000; put it in quotes"),
        ("settings: {listen: localhost}",
         "1:20: settings.listen: 'localhost' is not HOST:PORT, as in 10.0.0.5:8080"),
        ("settings: {fetch: {allow_private: ['localhost:70000']}}",
         "1:36: settings.fetch.allow_private[0]: 'localhost:70000' is not HOST:PORT, as in 10.0.0.5:8080"),
        ("site: {contact: me}",
         "1:17: site.contact: 'me' is no mail address; write mailto:editor@news.example"),
        ("site: {id: news}",
         "1:12: site.id: 'news' cannot begin ids: write tag:HOST,YEAR: as in tag:news.example,2026:"),
        ("<<: {a: b}", "1:1: a: there is no such key; known are site, sources, blocklist, topics, settings"),
        # sense
        ("sources:\n  - https://a.example/x\n  - https://A.example:443/x#y",
         "3:5: sources[1]: the same address as sources[0]; take one out"),
        ("sources:\n  - https://a.example/x\n  - url: http://a.example/x",
         "3:5: sources[1]: the key 'a.example-x' is another source's; give this one a `key:` of its own"),
        ("sources:\n  - {url: https://a.example/x, topics: [ISIS]}\ntopics: {isis: {query: isis}}",
         ("2:41: sources[0].topics[0]: 'ISIS' cannot be a topic's key, which stands in its address: use "
         "small letters, digits and dashes")),
        ("sources:\n  - {url: https://a.example/x, topics: [ises]}\ntopics: {isis: {query: isis}}",
         "2:41: sources[0].topics[0]: there is no topic 'ises'; did you mean isis?"),
        ("sources:\n  - {url: https://a.example/x, content: full}",
         ("2:41: sources[0].content: republishing full texts needs a ground: add `licence:` with the "
         "licence or the permission, and its date")),
        ("sources:\n  - {url: https://a.example/x, merge: no}",
         ("2:39: sources[0].merge: may only say `never`; take it out to have its stories merged")),
        ("topics:\n  isis: {}",
         "2:3: topics.isis: can never have a story: add a `query:`, or name it in `topics:` of a source"),
        ("topics:\n  isis: {query: isis, was: [daesh]}\n  daesh: {query: daesh}",
         "2:29: topics.isis.was[0]: 'daesh' is a topic of this file"),
        ("topics:\n  isis: {query: isis, was: [is]}\n  daesh: {query: daesh, was: [is]}",
         "3:31: topics.daesh.was[0]: 'is' is an earlier key of isis already; take one out"),
        ("topics:\n  isis:\n    query: isis\n    examples:\n      match:\n        - A crisis",
         ('6:11: topics.isis.examples.match[0]: the query does not take "A crisis"; `aggregator explain '
         "--text` shows what it sees")),
        ("topics:\n  isis:\n    query: isis\n    examples:\n      reject: [The goddess Isis]",
         '5:16: topics.isis.examples.reject[0]: the query takes "The goddess Isis", by isis in the title'),
        ("topics:\n  isis:\n    query: isis\n    examples:\n      match:\n        - Isis: what we know",
         ("6:11: topics.isis.examples.match[0].Isis: there is no such key; known are title, text, author, "
          "source, category, lang, site; a headline with a colon needs quotes around it")),
        ("topics:\n  isis: {query: isis, examples: {reject: [{titel: x}]}}",
         "2:44: topics.isis.examples.reject[0].titel: there is no such key; did you mean title?"),
        ("topics:\n  isis: {query: isis, examples: {match: [3]}}",
         "2:42: topics.isis.examples.match[0]: a headline, in quotes, or a mapping belongs here"),
        ("topics:\n  isis: {query: isis, examples: {match: [null]}}",
         "2:42: topics.isis.examples.match[0]: a headline, in quotes, or a mapping belongs here"),
        ("topics:\n  isis: {query: isis, score: {threshold: x, weights: {1: isis}}}",
         "2:42: topics.isis.score.threshold: a number belongs here"),
        ("topics:\n  isis: {query: isis, score: {threshold: 3, weights: {x: isis}}}",
         "2:55: topics.isis.score.weights.x: a number belongs here"),
        ("settings: {fetch: {host_concurrency: 1.5}}",
         "1:38: settings.fetch.host_concurrency: a whole number belongs here"),
        # YAML
        ("sources:\n\t- https://a.example/", "2:1: a tab; indent with blanks"),
        ("site: {}\nsite: {}", '2:1: found duplicate key "site"; a key may stand once, take one out'),
        ("site:\n  title: News: the best",
         "2:14: a colon here; put the text in quotes, or mind the indentation"),
        ('topics:\n  isis:\n    query: "islamic state" OR isis',
         "3:28: text behind a closing quotation mark; write all of it below `query: >-`, indented"),
        ("topics:\n  isis:\n    query: 'isis OR da'esh'",
         "3:24: text behind a closing quotation mark; write all of it below `query: >-`, indented"),
        ('topics:\n  isis: {query: "isis" OR daesh}',
         "2:24: text behind a closing quotation mark; put all of it in quotes of the other kind"),
        ('topics:\n  isis:\n    query: isis\n    examples:\n      match:\n        - "Isis" flees',
         "6:18: text behind a closing quotation mark; put all of it in quotes of the other kind"),
        ('topics:\n  isis:\n    query: "isis\n    title: x\n',
         "3:12: this quotation mark is never closed; add one where the text ends"),
        ("topics: {isis: [}", "1:17: not YAML: expected the node content, but found '}'"),
        ("topics:\n  isis:\n    query: *isis",
         "3:12: aliases (*name) are not allowed; write the value out, or quote a text that begins with *"),
        ("- https://a.example/", "1:1: expected `sources:` and `topics:` at the left margin"),
    ],
)  # fmt: skip
def test_a_mistake_has_its_place_and_its_mend(text: str, said: str) -> None:
    assert mistake(text) == f"feeds.yaml:{said}"


@pytest.mark.parametrize(
    ("query", "line", "column"),
    [
        ("query: isis AND", 3, 20),
        ('query: "isis AND"', 3, 21),
        ("query: 'isis AND' # so", 3, 21),
        ("query: >\n      isis OR\n      (daesh", 5, 7),
        ("query: |\n      isis\n\n      (daesh", 6, 7),
        ("query: isis OR\n      (daesh", 4, 7),
        ("query: >-\n      title:isis OR titel:daesh", 4, 21),
    ],
)
def test_a_mistake_in_a_query_has_its_place_in_the_file(query: str, line: int, column: int) -> None:
    said = mistake(f"topics:\n  isis:\n    {query}\n")

    assert said.startswith(f"feeds.yaml:{line}:{column}: topics.isis.query: ")


def test_a_query_that_cannot_be_followed_to_its_place_gives_the_column_in_itself() -> None:
    said = mistake('topics:\n  isis:\n    query: "isis \\"islamic state\\" (daesh"\n')

    assert said.startswith("feeds.yaml:3:12: topics.isis.query: column 22: ")


def test_examples_are_tried_although_another_topic_is_wrong() -> None:
    said = mistakes("""\
        topics:
          isis:
            query: isis
            examples: {match: [crisis]}
          ai:
            query: ai OR
        """)

    assert [line[: len("feeds.yaml:4")] for line in said] == ["feeds.yaml:4", "feeds.yaml:6"]


def test_a_secret_in_a_wrong_place_is_not_shown() -> None:
    assert "hunter2" not in "".join(
        mistakes("sources:\n  - url: https://a.example/\n    auth: bob:hunter2")
    )


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"AGGREGATOR_LISTEM": "x"}, ("AGGREGATOR_LISTEM: there is no such setting; did you mean "
         "AGGREGATOR_LISTEN?")),
        ({"AGGREGATOR_LISTEN": "x"}, "AGGREGATOR_LISTEN: 'x' is not HOST:PORT, as in 10.0.0.5:8080"),
        ({"AGGREGATOR_FETCH_MIN_INTERVAL": "soon"}, ("AGGREGATOR_FETCH_MIN_INTERVAL: 'soon' is no "
         "length of time; write 30s, 15m, 2h or 1d")),
        ({"AGGREGATOR_FETCH_ALLOW_PRIVATE": "a:1,b"}, ("AGGREGATOR_FETCH_ALLOW_PRIVATE: 'b' is not "
         "HOST:PORT, as in 10.0.0.5:8080")),
        ({"AGGREGATOR_DATABASE_FILE": "/nowhere/x"}, ("AGGREGATOR_DATABASE_FILE: cannot read /nowhere/x: "
         "No such file or directory")),
    ],
)  # fmt: skip
def test_a_mistake_in_the_environment_names_the_variable(
    environ: dict[str, str], said: str
) -> None:
    assert mistake("", environ) == said


def test_mistakes_in_the_environment_are_told_at_once() -> None:
    assert len(mistakes("", {"AGGREGATOR_LISTEM": "x", "AGGREGATOR_FETCHED": "x"})) == 2


def test_a_mistake_in_the_environment_does_not_hide_one_of_the_file() -> None:
    assert len(mistakes("site: {titel: x}", {"AGGREGATOR_LISTEN": "x"})) == 2


def test_the_place_of_what_is_missing_is_that_of_what_should_hold_it() -> None:
    tree = YAML().load("a:\n  - b: 1\n    c: 2\n")

    assert place(tree, ("a", 0, "d", "e")) == (2, 5)
    assert place(tree, ("a", 0, "c")) == (3, 8)
    assert place(tree, ("a", 0, "c"), of_key=True) == (3, 5)


@pytest.mark.parametrize("offset", range(len("one two three four ")))
@pytest.mark.parametrize(
    "written",
    [
        "k: one two three four ",
        "k: 'one two three four '",
        "k: one\n  two three\n  four",
        "k: >\n  one two\n  three four\n",
        "k: |\n  one two three four\n",
    ],
)
def test_each_character_of_a_text_is_found_in_the_file(written: str, offset: int) -> None:
    value = YAML().load(written)["k"]
    found = place_in_text(written.splitlines(), (1, 4), value, offset)

    assert found is not None
    line, column = found
    if not value[offset : offset + 1].isspace() and offset < len(value):
        assert written.splitlines()[line - 1][column - 1] == value[offset]
