"""Feeds to render, and the Atom schemas to hold them against."""

import datetime as dt
import functools
import io
import json
import pathlib
import warnings
from typing import Any

import feedparser
import jsonschema
from lxml import etree, isoschematron  # type: ignore[attr-defined]  # the stubs lack it

from aggregator.model import (
    Admitted,
    Article,
    Because,
    Blocklist,
    Days,
    FeedInfo,
    Rendering,
    Source,
    Story,
    Topic,
    TopicFeed,
)
from aggregator.publish import valid
from aggregator.publish.desk import Desk
from aggregator.publish.feed import topic_feed
from aggregator.publish.ids import minted_id, own_id
from aggregator.publish.pages import render_topic_page
from aggregator.publish.valid import json_feed
from tests.values import NOON, SITE, article, source, topic

SCHEMAS = pathlib.Path(valid.__file__).parent / "schemas"
ATOM = "{http://www.w3.org/2005/Atom}"


@functools.cache
def _schemas() -> tuple[Any, Any]:
    rng = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
    schematron = isoschematron.Schematron(
        etree.parse(SCHEMAS / "atom.sch"), phase="planet", store_report=True
    )
    return rng, schematron


def complaints(body: bytes) -> list[str]:
    """What the schemas have to say against an Atom document."""
    rng, schematron = _schemas()
    document = etree.fromstring(body)
    found = [] if rng.validate(document) else [str(error) for error in rng.error_log]
    if not schematron.validate(document):
        names = {"s": "http://purl.oclc.org/dsdl/svrl"}
        failed = schematron.validation_report.findall(".//s:failed-assert", names)
        found += [assertion.findtext("s:text", namespaces=names) for assertion in failed]
    return found


@functools.cache
def _json_feed() -> Any:
    return jsonschema.Draft202012Validator(json_feed.schema())


def by_json_schema(body: bytes) -> list[str]:
    """What our JSON Schema has to say against a JSON Feed, by another implementation."""
    return [error.message for error in _json_feed().iter_errors(json.loads(body))]


def faults(rendering: Rendering) -> list[str]:
    """What the gate has to say against a document, and then what the schemas themselves do."""
    found = valid.complaints(rendering)
    if rendering.content_type.startswith("application/atom+xml"):
        found += complaints(rendering.body)
    if rendering.content_type.startswith("application/feed+json"):
        found += by_json_schema(rendering.body)
    return found


def story(*articles: Article, topics: tuple[str, ...] = ("isis",), **changed: Any) -> Story:
    told = articles or (article(),)
    founder = told[0]
    made: dict[str, Any] = {
        "id": own_id(founder, SITE.id) or minted_id(founder, SITE.id),
        "articles": told,
        "first_seen_at": founder.first_seen_at,
        "published": founder.published,
        "updated": founder.updated,
        "topics": tuple(Because(key) for key in topics),
    }
    return Story(**{**made, **changed})


def desk(
    *sources: Source,
    topics: tuple[Topic, ...] = (topic("isis"),),
    blocklist: Blocklist | None = None,
    infos: dict[str, FeedInfo] | None = None,
) -> Desk:
    listed = sources or (source("a"), source("b"), source("c"))
    return Desk(
        SITE,
        {one.key: one for one in listed},
        {one.key: one for one in topics},
        infos
        if infos is not None
        else {one.key: FeedInfo(site_url=f"https://{one.key}.example/") for one in listed},
        blocklist or Blocklist(),
    )


def feed(*stories: Story, at: Desk | None = None, admitted_at: dt.datetime = NOON) -> TopicFeed:
    """The feed of the topic isis with these stories, the first one admitted last."""
    admitted = [
        Admitted(one, admitted_at - dt.timedelta(minutes=number))
        for number, one in enumerate(stories)
    ]
    return topic_feed(topic("isis"), admitted, at or desk(), NOON - dt.timedelta(days=30))


def read_back(body: bytes) -> Any:
    """The document as feedparser reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of its own aliases of `updated`
        return feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)


def topic_page(feed: TopicFeed) -> Rendering:
    """The page of a topic of which nothing is known but its feed."""
    return render_topic_page(feed, Days())
