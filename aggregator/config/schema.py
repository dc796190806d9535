"""What feeds.yaml may say: pydantic models, from which the JSON Schema is made too. Past 300 lines
because an operator's file is one thing, and so is its reference, which is made from this.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    GetJsonSchemaHandler,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ..dedupe.likeness import LATEST
from ..model import Blocklist, Site, Source, Topic
from ..topics import FIELDS
from .fields import (
    Address,
    Contact,
    DatabaseUrl,
    HostPort,
    Key,
    Length,
    Line,
    SiteId,
    Title,
    TopicKey,
    length_of_time,
)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class SiteModel(_Strict):
    """The publisher: what stands in every feed and page about us."""

    title: Title = Field("News", min_length=1, max_length=200, description="The name of the site.")
    url: Address | None = Field(
        None,
        description="The public address: self links, ids, the User-Agent. Default: the address "
        "listened on.",
    )
    contact: Contact | None = Field(
        None, description="A mail address: goes into the From header and the about page."
    )
    description: Line = Field("", max_length=1000, description="A sentence about the site.")
    lang: str = Field(
        "en", pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*$", description="The language of titles."
    )
    id: SiteId | None = Field(
        None,
        description="What minted ids start with. Default: tag:HOST,2026: from the first `url`, "
        "remembered by the database.",
    )
    hubs: tuple[Address, ...] | None = Field(
        None,
        max_length=10,
        description="Hubs (WebSub) that push the feeds to subscribers. Default: `run` itself, at "
        "`hub` below `url`, where that is public; `[]`: none.",
    )


class SourceModel(_Strict):
    """A feed to poll. A bare address stands for a mapping with `url` alone."""

    url: Address = Field(description="The address of the feed.")
    key: Key | None = Field(
        None, description="A stable name; the source keeps its history by it. Default: from `url`."
    )
    title: Title | None = Field(None, max_length=200, description="Default: the feed's own title.")
    every: Length | None = Field(
        None, description="How often to poll. Default: adaptive, by how often it posts."
    )
    priority: int = Field(
        0,
        description="The higher leads a story that several sources carry; of equals the one whose "
        "own page it is, not one that passes it on; else the first.",
    )
    topics: tuple[TopicKey, ...] = Field(
        (), description="Topics that every story of this source has."
    )
    content: Literal["summary", "full"] = Field(
        "summary", description="What may be republished of each entry."
    )
    licence: str | None = Field(
        None, max_length=500, description="The permission behind `content: full`."
    )
    allow_bad_tls: bool = Field(
        False, description="Accept a broken certificate. Shown in the source's status."
    )
    merge: Literal["never"] | None = Field(
        None,
        description="`never`: what it brings joins no other source's story, and nothing joins its "
        "own. Default: one story, once.",
    )
    paused: bool = Field(False, description="Do not poll it for now; what it brought stays.")
    auth: str | None = Field(
        None,
        description="Where user:password is kept: `env:NAME` or `file:PATH`. Sent to this origin "
        "alone, never shown.",
        pattern=r"^(env:[A-Za-z_][A-Za-z0-9_]*|file:.+)$",
    )

    @field_validator("merge", mode="before")
    @classmethod
    def _only_never(cls, value: Any) -> Any:
        if value not in ("never", None):
            raise ValueError("may only say `never`; take it out to have its stories merged")
        return value

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        # Not a union str | SourceModel: its errors come twice and lose their place.
        return {"url": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        bare = {"type": "string", "format": "uri", "description": "The address of the feed."}
        return {"anyOf": [bare, handler(schema)]}


class ExampleModel(_Strict):
    """A document to try a topic's query on. A bare text stands for a `title`."""

    title: str = Field("", description="The headline.")
    text: str = Field("", description="Summary and body.")
    author: str = Field("", description="Who wrote it.")
    source: str = Field("", description="The source's key or title.")
    category: str = Field("", description="The source's own categories.")
    lang: str = Field("", description="The language, as in `en-GB`.")
    site: str = Field("", description="The host of the article's address.")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"title": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "A title."}, handler(schema)]}


assert tuple(ExampleModel.model_fields) == FIELDS  # the language's fields, no more and no less


class ExamplesModel(_Strict):
    """Documents a topic must take, and documents it must leave; tried at every load."""

    match: tuple[ExampleModel, ...] = Field((), description="What the query must take.")
    reject: tuple[ExampleModel, ...] = Field((), description="What it must leave.")


class ScoreModel(_Strict):
    """How much a story must be about a topic whose `query` takes it."""

    threshold: FiniteFloat = Field(gt=0, description="What the weights must add up to.")
    weights: dict[FiniteFloat, str] = Field(
        min_length=1,
        max_length=50,
        description="By weight, negative ones too, the words and phrases that have it, joined by "
        "OR or NEAR. Each place counts, at most five of a line: three times its weight in the "
        "title, twice in the first lines, once below.",
    )


class TopicModel(_Strict):
    """A subject, and the query that finds its stories."""

    title: Title | None = Field(None, max_length=200, description="Default: from the key.")
    description: Line = Field("", max_length=1000, description="The subtitle of its feed.")
    query: str | None = Field(
        None, description="See docs/reference/queries.md. Without one, only `topics` of sources."
    )
    score: ScoreModel | None = Field(
        None, description="Of the stories that `query` takes, only those that are about it enough."
    )
    was: tuple[TopicKey, ...] = Field(
        (),
        description="Earlier keys, the first one first: ids stay, old addresses redirect. A topic "
        "that has its first key again says so too: `was: [old, newer]` under `old`.",
    )
    examples: ExamplesModel = ExamplesModel()


def _length(text: str) -> dt.timedelta:
    length: dt.timedelta = length_of_time(text)
    return length


class FetchSettings(_Strict):
    """How sources are asked."""

    allow_private: tuple[HostPort, ...] = Field(
        (), description="HOST:PORTs that may be fetched although private."
    )
    min_interval: Length = Field(
        _length("60m"), description="Shortest time between polls of a source."
    )
    min_interval_no_validators: Length = Field(
        _length("3h"), description="The same for servers that send neither ETag nor Last-Modified."
    )
    max_interval: Length = Field(
        _length("24h"),
        description="Longest time between polls of a source, if not shorter than the shortest.",
        validate_default=False,
    )
    max_freshness: Length = Field(
        _length("24h"),
        description="Longest time a max-age, Expires, ttl or sy:update* is honoured.",
    )
    max_retry_after: Length = Field(
        _length("7d"), description="Longest Retry-After that is honoured."
    )
    host_spacing: Length = Field(
        _length("2s"), description="Time between request starts on a host."
    )
    host_concurrency: int = Field(1, ge=1, le=100, description="Requests in flight on a host.")
    global_concurrency: int = Field(100, ge=1, le=1000, description="Requests in flight in all.")
    dns_timeout: Length = Field(_length("5s"), description="To resolve a name.")
    connect_timeout: Length = Field(_length("20s"), description="To connect, TLS included.")
    read_timeout: Length = Field(_length("20s"), description="To the first byte, and between two.")
    total_timeout: Length = Field(_length("60s"), description="For a fetch with all its redirects.")
    max_wire: int = Field(8 << 20, ge=1024, description="Bytes of a body as sent.")
    max_body: int = Field(16 << 20, ge=1024, description="Bytes of a body as decoded.")
    max_ratio: int = Field(200, ge=2, description="How many times a body may grow in decoding.")
    max_redirects: int = Field(5, ge=0, le=20, description="Redirects of one fetch.")
    parse_cpu: Length = Field(_length("10s"), description="CPU time for reading one document.")
    parse_rss: int = Field(512 << 20, ge=64 << 20, description="Memory for reading one document.")
    parsers: int = Field(2, ge=1, le=64, description="Processes that read documents.")

    @field_validator("max_interval")
    @classmethod
    def _in_order(cls, longest: dt.timedelta, info: ValidationInfo) -> dt.timedelta:
        shortest = info.data.get("min_interval")
        if shortest is not None and longest < shortest:
            raise ValueError("is shorter than min_interval, which no poll may be")
        return longest


class PublishSettings(_Strict):
    """How stories reach subscribers."""

    admit_age: Length = Field(
        _length("14d"), description="Oldest entry of a new source that is published."
    )
    admit_count: int = Field(10, ge=0, description="Most entries of a new source at once.")
    render_count: int = Field(
        20, ge=1, description="Most new entries of a source at once later; the rest by the hour."
    )
    pictures: bool = Field(
        True,
        description="Show the pictures of entries on the pages, straight from their publishers, "
        "who learn of each reader's address by it. `false`: pages ask nobody else for anything.",
    )
    folder: str | None = Field(
        None, description="Where `run` keeps the static site, for a web server that outlives it."
    )


class RetentionSettings(_Strict):
    """How long what is remembered. What a feed shows is never touched."""

    texts: Length = Field(
        _length("90d"),
        description="The text of an article, since it was first seen or last updated; not less "
        "than 7d, for as long copies of it are looked for. Title, link and summary stay.",
    )
    stories: Length = Field(
        _length("365d"),
        description="The summary of a story that no topic has ever published. Title and link, "
        "and what it is known by when its source lists it again, stay.",
    )

    @field_validator("texts")
    @classmethod
    def _long_enough(cls, texts: dt.timedelta) -> dt.timedelta:
        if texts < LATEST:
            raise ValueError("is shorter than 7d: for as long copies of a text are looked for")
        return texts

    @field_validator("stories")
    @classmethod
    def _after_texts(cls, stories: dt.timedelta, info: ValidationInfo) -> dt.timedelta:
        texts = info.data.get("texts")
        if texts is not None and stories < texts:
            raise ValueError("is shorter than `texts`, which go first")
        return stories


class Settings(_Strict):
    """The daemon. Each can be overridden by the environment: AGGREGATOR_FETCH_MIN_INTERVAL."""

    listen: HostPort = Field("127.0.0.1:8000", description="Address of `serve` and `run`.")
    database: DatabaseUrl = Field(
        "", description="SQLAlchemy URL. Default: sqlite:///aggregator.db beside the file."
    )
    fetch: FetchSettings = Field(default_factory=lambda: FetchSettings.model_validate({}))
    publish: PublishSettings = Field(default_factory=lambda: PublishSettings.model_validate({}))
    retention: RetentionSettings = Field(
        default_factory=lambda: RetentionSettings.model_validate({})
    )


class FileModel(_Strict):
    """feeds.yaml."""

    site: SiteModel = Field(default_factory=lambda: SiteModel.model_validate({}))
    sources: tuple[SourceModel, ...] = Field((), description="The feeds to poll.")
    blocklist: Annotated[
        tuple[str, ...],
        Field(
            description="Addresses, hosts, authors and entry ids never to be published; pictures "
            "and films are not loaded from these hosts and addresses either."
        ),
    ] = ()
    topics: dict[TopicKey, TopicModel] = Field(
        default_factory=dict, description="What to publish a feed about, by key."
    )
    settings: Settings = Field(default_factory=lambda: Settings.model_validate({}))


@dataclass(frozen=True, slots=True)
class Config:
    """feeds.yaml as values."""

    site: Site
    sources: dict[str, Source]
    topics: dict[str, Topic]
    blocklist: Blocklist
    settings: Settings


def json_schema() -> dict[str, Any]:
    """The JSON Schema of feeds.yaml, for editors."""
    schema = FileModel.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "feeds.yaml",
        **{name: part for name, part in schema.items() if name != "title"},
    }
