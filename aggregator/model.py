"""The vocabulary: every value that passes between the parts. Read this first.

Values are frozen; every datetime is aware and in UTC; strings of a feed are made safe once, in
`Article`. The way of a story:

    Source ─▶ FetchRequest ─▶ Fetched | NotModified | Failure
                                 └▶ ParsedFeed ─▶ Article… ─▶ Story ─▶ Because ─▶ Admission
    Admission… ─▶ TopicFeed ─▶ Rendering

Longer than other modules on purpose: it is a list of values without a line of logic, and is read
from the top.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Literal, NewType

ALL_TOPIC = "all"  # every story is in it; published as /all.atom

# An opaque lookup string. Articles that share one may tell the same news.
MatchKey = NewType("MatchKey", str)

# --- What feeds.yaml says ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Site:
    """The publisher: what stands in every document about us."""

    title: str
    url: str  # public address, with a trailing slash
    id: str  # what minted ids start with: "tag:news.example,2026:"; "" until the store is asked
    contact: str | None = None  # mailto: address of a person
    description: str = ""
    lang: str = "en"
    pictures: bool = True  # pages show those of others, from where these have them
    hubs: tuple[str, ...] = ()  # that push the feeds (WebSub); our own among them, if it is one


@dataclass(frozen=True, slots=True)
class Source:
    """What feeds.yaml lists: a place to poll."""

    key: str
    url: str  # without user name and password
    title: str | None = None
    every: timedelta | None = None  # None: adaptive
    priority: int = 0
    topics: tuple[str, ...] = ()
    content: Literal["summary", "full"] = "summary"
    licence: str | None = None
    allow_bad_tls: bool = False
    paused: bool = False
    merge: Literal["never"] | None = None  # never: its stories stay its own
    auth: str | None = field(default=None, repr=False)  # "user:password", for this origin alone


@dataclass(frozen=True, slots=True)
class Example:
    """A document a topic must take or must leave, as feeds.yaml gives it."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject, and the query that finds its stories."""

    key: str
    title: str
    description: str = ""
    query: str | None = None  # None: only what sources bring by `topics:`
    weights: Mapping[float, str] = field(default_factory=dict)  # what its score looks for
    threshold: float = 0.0  # what the score must come to
    was: tuple[str, ...] = ()  # earlier keys, the first of them first
    match: tuple[Example, ...] = ()
    reject: tuple[Example, ...] = ()

    @property
    def first_key(self) -> str:
        """The key the feed id is minted from, whatever the topic is called now."""
        return self.was[0] if self.was else self.key


@dataclass(frozen=True, slots=True)
class Blocklist:
    """What is never published: addresses, hosts, authors (folded) and entry ids."""

    urls: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()  # authors and entry ids, as written and folded
    # (source, entry id, site): articles that once were at one of the addresses, of this site.
    moved: frozenset[tuple[str, str, str]] = frozenset()


# --- One poll ----------------------------------------------------------------------------------


class FailureKind(StrEnum):
    """Why a poll brought nothing."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    BLOCKED_ADDRESS = "blocked_address"
    REDIRECT = "redirect"
    PROTOCOL = "protocol"
    TOO_LARGE = "too_large"
    BAD_CODING = "bad_coding"
    TRUNCATED = "truncated"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    AUTH = "auth"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    GONE = "gone"
    STATUS = "status"
    NOT_A_FEED = "not_a_feed"
    HOSTILE = "hostile"
    OWN_FEED = "own_feed"
    INTERNAL = "internal"


Phase = Literal["dns", "connect", "tls", "request", "headers", "body", "decode", "parse", "store"]


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server said to tell its bytes apart by, byte for byte, and for which address."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A body to POST, and what it is."""

    body: bytes = field(repr=False)
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One question to the world."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    validators_for: str | None = None  # the only address the two may be sent to (A1.4)
    auth: str | None = field(default=None, repr=False)
    allow_bad_tls: bool = False
    probe: bool = False  # validators left out on purpose, to see whether the server lies (A1.11)
    form: Mapping[str, str] | None = field(default=None, repr=False)  # to POST; None: a GET
    content: Content | None = None  # to POST; any 2xx takes it, and its body is not read
    callback: bool = False  # a subscriber's: no redirect is followed, any 2xx is an answer

    @property
    def conditional(self) -> bool:
        """Does it make a condition that a 304 can answer?"""
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Fetched:
    """A 200 and its whole body; of a form or a callback, any 2xx; of a content, no body."""

    url: str  # after redirects
    headers: Mapping[str, str]  # names in lower case
    body: bytes = field(repr=False)
    status: int = 200
    hops: tuple[tuple[int, str], ...] = ()  # (status, address it led to)
    wire_bytes: int = 0


@dataclass(frozen=True, slots=True)
class NotModified:
    """A 304, and what it says of freshness."""

    url: str
    headers: Mapping[str, str]
    hops: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Nothing came, and why. A value: fetching and parsing never raise."""

    kind: FailureKind
    phase: Phase
    detail: str  # at most 500 characters; from a stranger, to be escaped wherever shown
    status: int | None = None
    retry_after: timedelta | None = None
    url: str | None = None
    address: str | None = None  # the IP address that answered, or did not (A6.4)
    wire_bytes: int = 0  # of a body, as far as it came
    seconds: float = 0.0


FetchResult = Fetched | NotModified | Failure


class Health(StrEnum):
    """How a source is. Each state is stored with the moment it began."""

    NEW = "new"
    ACTIVE = "active"
    QUIET = "quiet"
    IDLE = "idle"
    MOVED = "moved"
    RATE_LIMITED = "rate_limited"
    FAILING = "failing"
    DEGRADED = "degraded"
    DEAD = "dead"
    BLOCKED = "blocked"
    NOT_A_FEED = "not_a_feed"
    GONE = "gone"
    PAUSED = "paused"


class Asking(StrEnum):
    """Which validators a server is sent: one step down whenever it does not heed them (A1.9)."""

    BOTH = "both"
    LIST = "list"  # the tag also without the suffix that the server's compression put on it
    DATE = "date"  # If-Modified-Since alone
    PLAIN = "plain"  # none: the digest of the body tells what is new


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a server's answers to conditional requests have taught."""

    asking: Asking = Asking.BOTH
    since: datetime | None = None  # when that step was taken
    ignored: int = 0  # conditional polls in a row that brought the same bytes again
    only_304_since: datetime | None = None
    probed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Where a source's permanent redirects lead, time after time (A5.4)."""

    url: str
    since: datetime
    same: bool  # what was first found there was the feed that was known
    polls: int = 1
    confirmed_at: datetime | None = None  # asked there from then on


@dataclass(frozen=True, slots=True)
class Days:
    """How many came on each of the last days: entries of a source, or stories of a topic."""

    last: date | None = None
    counts: tuple[int, ...] = ()  # oldest day first, `last` at the end


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a feed and its server ask of pollers. Lengths of time, not moments."""

    cache_for: timedelta | None = None  # max-age less Age, or Expires less Date
    ttl: timedelta | None = None  # RSS ttl and sy:update*, the longer
    skip_hours: tuple[int, ...] = ()  # 0 to 23, UTC
    skip_days: tuple[int, ...] = ()  # 0 Monday to 6 Sunday
    complete: bool = False  # it says that nothing more will come (A3.7)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a source posts: entries found, and the hours in which they would have been; both fade,
    so that what is recent counts most. All tuples are empty until something is known.
    """

    until: datetime | None = None  # what was published up to here is found
    hours: tuple[float, ...] = ()  # entries in each hour of the day, UTC
    days: tuple[float, ...] = ()  # entries on each day of the week, Monday first
    hours_watched: tuple[float, ...] = ()  # in hours, as all watching is
    days_watched: tuple[float, ...] = ()
    lately: float = 0.0  # entries of about the last day …
    foreseen: float = 0.0  # … and as many as the rest foretold for it


@dataclass(frozen=True, slots=True)
class FeedInfo:
    """What a feed says of itself, made safe: the matter of atom:source."""

    title: str = ""
    id: str | None = None
    self_url: str | None = None
    site_url: str | None = None
    lang: str | None = None
    author: str | None = None
    rights: str | None = None
    icon: str | None = None
    moved_to: str | None = None  # where it says that it has moved: shown, not followed (A5.8)
    withheld: bool = False  # it asks not to be republished (A13.2)


@dataclass(frozen=True, slots=True)
class Hub:
    """Who pushes a feed (WebSub), and the topic it pushes it as: the feed's rel=self."""

    url: str
    topic: str


@dataclass(frozen=True, slots=True)
class HeldEdits:
    """Edits of one document that would change more than half of what a topic shows, and are not
    taken over yet (B3.7). Its validators are not remembered either: the next poll sees it whole.
    """

    since: datetime  # nothing of it is held for longer than a day
    edits: Mapping[str, datetime]  # the digest of each that counts, and since when it is so
    topics: tuple[str, ...]  # that would be turned over


@dataclass(frozen=True, slots=True)
class PollState:
    """What the store remembers of polling one source; the only schedule there is."""

    source: str
    listed_url: str  # as feeds.yaml had it: another one starts anew
    next_poll_at: datetime | None  # None: never again by itself (410 twice)
    lease_until: datetime | None = None
    leased_by: str | None = None
    polled_at: datetime | None = None
    succeeded_at: datetime | None = None
    validators: Validators | None = None
    body_digest: str | None = None
    freshness: Freshness = Freshness()
    arrivals: tuple[datetime, ...] = ()  # first-seen times of the newest entries, at most 20
    rhythm: Rhythm = Rhythm()
    articles: int = 0  # entries ever seen
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    failure: Failure | None = None  # the last one, None after a success
    not_before: datetime | None = None  # Retry-After for this source alone (A2.7)
    health: Health = Health.NEW
    health_since: datetime | None = None
    info: FeedInfo = FeedInfo()
    conditions: Conditions = Conditions()
    move: Move | None = None
    days: Days = Days()
    hub: Hub | None = None  # as the last document named it
    by_push: tuple[bool, ...] = ()  # of the last three new entries: pushed before a poll saw them
    held_edits: HeldEdits | None = None

    @property
    def url(self) -> str:
        """Where it is asked: as listed, or where it has moved for good."""
        return self.move.url if self.move and self.move.confirmed_at else self.listed_url


@dataclass(frozen=True, slots=True)
class HealthChange:
    """A source was in one state, and then in another; or it stayed, and something happened that
    is for the operator to know.
    """

    source: str
    at: datetime
    was: Health
    health: Health
    why: str  # from a stranger, to be escaped wherever shown


@dataclass(frozen=True, slots=True)
class Subscription:
    """What we asked of a hub, and what it granted (A17). Its state: asked for; active; lapsing,
    valid and not renewed; leaving, unsubscription asked for; gone; denied.
    """

    token: str = field(repr=False)  # the last part of the callback's address, not to be guessed
    source: str
    feed: str  # the address of the source when it was made: another one is another feed
    hub: Hub
    callback: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)  # None: pushes are not signed
    state: Literal["asked", "active", "lapsing", "leaving", "gone", "denied"] = "asked"
    next_at: datetime | None = None  # when there is something to do
    requests: int = 0  # since it was last verified
    asked_at: datetime | None = None  # the last request; None: an answer is not waited for
    verified_at: datetime | None = None
    lease_until: datetime | None = None
    failure: str | None = None  # of the last request; from a stranger, to be escaped


@dataclass(frozen=True, slots=True)
class HostState:
    """What all pollers of a host share."""

    host: str
    not_before: datetime | None = None  # spacing; and 429, which binds the whole host (A2.6)
    told_to_wait: bool = False  # the server said so; not even a person asks before then
    strikes: int = 0  # 429s in a row
    refused: tuple[tuple[str, datetime], ...] = ()  # sources that got a 403 of late (A2.8)


# --- What a feed said --------------------------------------------------------------------------

FeedKind = Literal["atom", "rss", "rdf", "json", "cdf"]
MediaKind = Literal["image", "audio", "video", "other"]
# What retention has left of an article: all; what archives publish; what it is known by again.
Kept = Literal["text", "summary", "title"]


@dataclass(frozen=True, slots=True)
class ParsedText:
    """A text as the feed gave it, and how to read it."""

    value: str
    html: bool = True
    base: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, sound or film that goes with an entry."""

    url: str
    type: str | None = None
    kind: MediaKind = "other"
    length: int | None = None  # bytes
    width: int | None = None  # pixels
    height: int | None = None
    duration: int | None = None  # seconds
    title: str | None = None
    credit: str | None = None
    enclosure: bool = False  # the entry's own attachment, not an illustration


@dataclass(frozen=True, slots=True)
class Category:
    """A category as its source names it."""

    term: str
    scheme: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ParsedEntry:
    """An entry as the feed said it. Nothing in it is safe yet."""

    id: str | None = None
    link: str | None = None
    base: str | None = None
    title: ParsedText | None = None
    summary: ParsedText | None = None
    content: ParsedText | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    media: tuple[Media, ...] = ()
    lang: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    comments: str | None = None
    rights: str | None = None
    origin: FeedInfo | None = None  # atom:source: the feed it was first published in (B10.6)
    withheld: bool = False  # it asks not to be republished (A13.2)


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A document as it was read."""

    kind: FeedKind
    info: FeedInfo
    entries: tuple[ParsedEntry, ...]
    ttl: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    complete: bool = False  # nothing more will come
    hubs: tuple[str, ...] = ()  # rel=hub, absolute
    topic: str | None = None  # rel=self, as it stands there
    notes: tuple[str, ...] = ()  # what had to be forgiven


# --- What we believe ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Joined:
    """Why an article is in a story that another had founded."""

    clue: Literal["page", "id", "text", "hand"]  # what they share; hand: a person did it
    share: float | None = None  # of the shorter text, that stands in the other too; 0 to 1
    to: str | None = None  # the source whose article it was found alike to; None: not remembered

    def __str__(self) -> str:
        return self.said(self.to)

    def said(self, to: str | None) -> str:
        """The reason in words; `to`: what to call the source it was found alike to."""
        if self.clue == "hand":
            return "merged by hand"
        shared = f"same {self.clue} as {to}" if to else f"same {self.clue}"
        return shared if self.share is None else f"{shared}: {self.share:.0%} of the shorter"


@dataclass(frozen=True, slots=True)
class Article:
    """An entry of one source, made safe once: any of its strings may be published as it is."""

    source: str
    entry_id: str
    url: str | None
    title: str
    summary: str  # plain text, at most 500 characters
    html: str  # clean HTML, "" when there was none
    text: str  # what a reader sees of it
    first_seen_at: datetime
    published: datetime  # effective (A11.2); never changes
    updated: datetime  # effective; changes only with what the source wrote
    digest: str  # of everything the source wrote
    declared_id: str | None = None  # the id as the feed gives it, if it gives one
    authors: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    media: tuple[Media, ...] = ()
    lang: str | None = None
    comments: str | None = None
    rights: str | None = None
    origin: FeedInfo | None = None
    withheld: bool = False  # its source asks that it is not republished (A13.2)
    joined: Joined | None = None  # None: it founded its story, or the reason was not kept
    kept: Kept = "text"
    said: tuple[str, ...] = ()  # digests of its wordings (text/substance), this one last; few
    at_home: bool = False  # its page is of its feed's own site; others only pass it on (B2.5)

    @property
    def identity(self) -> tuple[str, str]:
        """What makes it this article: its source and its entry id."""
        return self.source, self.entry_id


@dataclass(frozen=True, slots=True)
class Revision:
    """What an article said before, until its source wrote something else."""

    digest: str  # of the wording (text/substance)
    until: datetime  # when the next one was first seen
    title: str
    text: str  # cut, if it is long; "" where there is none, or it was forgotten


@dataclass(frozen=True, slots=True)
class Found:
    """One piece of evidence: in which field a term was found, the words there, and what they add
    to the topic's score.
    """

    field: str
    term: str
    text: str
    start: int = 0
    end: int = 0
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Because:
    """A topic a story has, and why."""

    topic: str
    evidence: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The articles that tell the same news. Founded by the first of them, whose id it bears."""

    id: str  # the published atom:id, for ever
    articles: tuple[Article, ...]  # in the order they joined
    first_seen_at: datetime
    published: datetime  # the founding article's, for ever
    updated: datetime
    topics: tuple[Because, ...] = ()

    def lead(self, priority: Mapping[str, int]) -> Article:
        """The article the story shows: of those that are not withheld, if there are some, that of
        the source with the highest priority; of several that of a source whose own page it is, not
        one that passes it on (B2.5); else the first.
        """
        return max(
            self.articles,
            key=lambda one: (not one.withheld, priority.get(one.source, 0), one.at_home),
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """A story in a topic: since when published, or when it will be, or never (B3.5)."""

    topic: str
    story: str
    admitted_at: datetime | None
    due_at: datetime | None = None  # held back until then, lest subscribers are flooded


@dataclass(frozen=True, slots=True)
class Admitted:
    """A story that is published in a topic, and since when."""

    story: Story
    admitted_at: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """What a topic has published on one day (UTC)."""

    day: date
    stories: int  # that are published now
    changes: int  # grows with whatever documents of these stories show


@dataclass(frozen=True, slots=True)
class Month:
    """What a topic has published in one month (UTC), as the sum of its days."""

    first: date
    stories: int
    changes: int
    last_day: date  # the newest on which there ever was something


@dataclass(frozen=True, slots=True)
class TopicState:
    """What the store remembers of a topic as a whole."""

    key: str
    definition: str  # digest of the rule its stories were found by; "" when none ever was in force
    changes: int  # how often anything published of it has changed
    removed_at: datetime  # the set of its stories, by anything but an admission
    floor_at: datetime | None = None  # its feed shows nothing admitted before (B3.7)


# The definition of a topic that feeds.yaml lists no more: no rule has this digest.
OUT_OF_FORCE: Final = "out of force"


@dataclass(frozen=True, slots=True)
class Retagging:
    """A topic whose stories are being found anew, and how far that is."""

    topic: str
    definition: str  # of the rule they are found by
    cursor: int  # the primary key of the last story that was looked at


@dataclass(frozen=True, slots=True)
class Wording:
    """What topics look at in an article: its words, and nothing else of it."""

    source: str
    title: str
    text: str
    summary: str  # "" where there is a text
    authors: tuple[str, ...]
    categories: tuple[Category, ...]
    lang: str | None
    url: str | None
    kept: Kept = "text"
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Freed:
    """What retention has forgotten: of how many articles, how many match keys, how many bytes."""

    articles: int = 0
    keys: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where a match key leads: an article, by its identity, and the story it is in."""

    story_pk: int
    source: str
    entry_id: str
    digest: str
    published: datetime


# --- What is published -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outlet:
    """Another source that carries the story."""

    name: str
    url: str | None


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One story in one topic feed, ready for any format."""

    id: str
    title: str
    url: str | None
    published: datetime
    updated: datetime
    admitted_at: datetime
    summary: str
    html: str | None  # None where full text may not be republished (B10.1)
    authors: tuple[str, ...]
    source: FeedInfo  # of the lead; id, title and one address are always there
    outlets: tuple[Outlet, ...] = ()
    categories: tuple[Category, ...] = ()
    topics: tuple[tuple[str, str], ...] = ()  # (key, title), the feed's own first
    media: tuple[Media, ...] = ()
    lang: str | None = None
    comments: str | None = None
    rights: str | None = None
    via: str | None = None  # where we found what was first published elsewhere (B2.8)


@dataclass(frozen=True, slots=True)
class TopicFeed:
    """What is published of a topic: the same for the same stored stories, at any time."""

    key: str
    id: str
    title: str
    description: str
    updated: datetime
    site: Site
    path: str  # without its format's ending: "topics/isis"
    page_url: str
    entries: tuple[FeedEntry, ...]
    query: str = ""  # of a search: what follows the path of its addresses, "?q=…"
    # RFC 5005, as paths without an ending: the archive before this document and the one after it,
    # and of an archive the document to subscribe to.
    older: str = ""
    newer: str = ""
    current: str = ""
    hubs: tuple[str, ...] = ()  # that push it

    def url(self, ending: str) -> str:
        """The public address of one format."""
        return f"{self.site.url}{self.path}.{ending}{self.query}"


@dataclass(frozen=True, slots=True)
class Rendering:
    """A published document as bytes."""

    path: str  # below the site's address: "topics/isis.atom"
    content_type: str
    body: bytes = field(repr=False)
    links: tuple[tuple[str, str], ...] = ()  # (rel, address), for the Link header
    noindex: bool = False  # for feed readers, not for search engines
    max_age: int | None = None  # seconds that it may be kept; None: as its kind may (B7.7)


@dataclass(frozen=True, slots=True)
class Told:
    """Which bytes of a feed somebody was told of, or is to be: their digest, and the moment they
    were first rendered, which is later for later bytes.
    """

    digest: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who has subscribed to one of our feeds at our own hub, and was verified (B9.4)."""

    topic: str  # the address of the feed, its rel=self
    callback: str
    secret: str | None = field(repr=False)  # None: deliveries are not signed
    verified_at: datetime
    lease_until: datetime
    told: Told
    news_at: datetime | None = None  # the moment of the newest bytes still to be delivered
    due_at: datetime | None = None  # when to; None: there is nothing to deliver
    failures: int = 0  # in a row
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ping:
    """What a hub that feeds.yaml names was told of a feed (B9.2)."""

    hub: str
    topic: str  # the address of the feed, its rel=self
    told: Told | None = None
    news_at: datetime | None = None  # the moment of the newest bytes it has not been told of
    due_at: datetime | None = None
    pinged_at: datetime | None = None
    failures: int = 0  # in a row, of the same news


@dataclass(frozen=True, slots=True)
class NamedHub:
    """How a hub that feeds.yaml names has answered pings of late."""

    url: str
    failing_since: datetime | None = None
    failure: str = ""  # from a stranger, to be escaped wherever shown
    alerted: bool = False  # the operator was told


@dataclass(frozen=True, slots=True)
class PollReport:
    """What became of one poll: one log line, one update of the metrics."""

    source: str
    outcome: Literal["new", "unchanged", "not_modified", "failed"]
    entries: int = 0  # in the document
    new_stories: int = 0
    new_articles: int = 0
    changed_articles: int = 0
    held_articles: int = 0  # changed, and not taken over yet (B3.7)
    failure: Failure | None = None
    next_poll_at: datetime | None = None
    status: int | None = None
    bytes: int = 0
    decoded: int = 0  # bytes of the body once decoded
    seconds: float = 0.0
    contact: Literal["no_validators", "conditional", "unconditional"] = "no_validators"
    early: tuple[Literal["fresh", "min"], ...] = ()  # bounds it came before: always none (A16)
    host: str = ""
    notes: tuple[str, ...] = ()
