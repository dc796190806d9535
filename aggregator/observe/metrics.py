"""Metrics in the form Prometheus reads, in a registry of our own."""

from collections.abc import Iterator
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from ..model import FailureKind, PollReport

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

_MOST_HOSTS: Final = 100  # told apart; a label costs Prometheus for ever


class Metrics:
    """Counted since the process began."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self.polls = Counter(
            "aggregator_polls",
            "Polls, by what came of them: new, unchanged, not_modified, failed.",
            ["outcome"],
            registry=registry,
        )
        self.failures = Counter(
            "aggregator_poll_failures", "Failed polls, by kind.", ["kind"], registry=registry
        )
        self.bytes = Counter(
            "aggregator_fetched_bytes", "Bytes of bodies as sent.", registry=registry
        )
        self.saved = Counter(
            "aggregator_saved_bytes", "Bytes that compression kept off the wire.", registry=registry
        )
        self.requests_by_contact = Counter(
            "aggregator_poll_requests",
            "Polls, by what was known to make a condition of: conditional; no_validators, because "
            "the server gave none yet; unconditional all the same (below 1 in 100).",
            ["contact"],
            registry=registry,
        )
        self.early = Counter(
            "aggregator_polls_early",
            "Polls before freshness or the shortest interval had run out: 0, but for people's.",
            ["bound"],
            registry=registry,
        )
        for bound in ("fresh", "min"):
            self.early.labels(bound)
        self.limited = Counter(
            "aggregator_rate_limited",
            f"429s, by host; beyond {_MOST_HOSTS} hosts all others together.",
            ["host"],
            registry=registry,
        )
        self._limited_hosts: set[str] = set()
        self.articles = Counter(
            "aggregator_articles", "Entries not seen before.", registry=registry
        )
        self.held = Counter(
            "aggregator_held_edits",
            "Edits that a poll brought and that were not taken over: they would change more than "
            "half of what a topic shows.",
            registry=registry,
        )
        self.stories = Counter("aggregator_stories", "Stories founded.", registry=registry)
        self.seconds = Histogram(
            "aggregator_poll_seconds",
            "How long a poll takes, from the request to the recorded answer.",
            buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80),
            registry=registry,
        )
        self.in_flight = Gauge(
            "aggregator_polls_in_flight", "Polls under way right now.", registry=registry
        )
        self.network_up = Gauge(
            "aggregator_network_up",
            "0 while most hosts cannot be reached, and our own network is to blame.",
            registry=registry,
        )
        self.network_up.set(1)
        self.pushes = Counter(
            "aggregator_pushes",
            "Posts of hubs, by what came of them: merged, hint (not signed, or no feed: the source "
            "is polled), ignored (bad signature).",
            ["outcome"],
            registry=registry,
        )
        self.subscriptions = Gauge(
            "aggregator_subscriptions",
            "Subscriptions at hubs, by state.",
            ["state"],
            registry=registry,
        )
        self.pings = Counter(
            "aggregator_pings",
            "Hubs told of news in our feeds: taken, failed.",
            ["outcome"],
            registry=registry,
        )
        self.hubs_failing = Gauge(
            "aggregator_hubs_failing",
            "Hubs of feeds.yaml that have taken no ping for a day.",
            registry=registry,
        )
        self.hub_subscribers = Gauge(
            "aggregator_hub_subscribers", "Subscriptions at our own hub.", registry=registry
        )
        self.hub_requests = Counter(
            "aggregator_hub_requests",
            "Requests to our own hub, by what came of them once the subscriber was asked: "
            "subscribed, unsubscribed, refused; and denied, of feeds that are gone.",
            ["outcome"],
            registry=registry,
        )
        self.hub_deliveries = Counter(
            "aggregator_hub_deliveries",
            "Deliveries of our own hub: delivered, failed (tried again for a day), gone (410).",
            ["outcome"],
            registry=registry,
        )
        self.topics_anew = Gauge(
            "aggregator_topics_found_anew",
            "Topics whose stories are being found anew, because their rule has changed.",
            registry=registry,
        )
        self.retired = Counter(
            "aggregator_retired_articles",
            "Articles of which retention has forgotten something: text, or the whole story.",
            ["what"],
            registry=registry,
        )
        self.database_bytes = Gauge(
            "aggregator_database_bytes",
            "What the database takes, without what is free in it; looked at once a day.",
            registry=registry,
        )
        self.refused = Counter(
            "aggregator_refused",
            "What could not be published, because it was not valid: a document, whose last good "
            "one stays; an entry, without which its document is. Both want to be looked at.",
            ["what"],
            registry=registry,
        )
        for what in ("document", "entry"):
            self.refused.labels(what)
        self.requests = Counter(
            "aggregator_http_responses", "Answers of the web side, by status.", ["status"],
            registry=registry,
        )  # fmt: skip
        self._answers: dict[int, Counter] = {}  # found once: they are counted by the thousand

    def answered(self, status: int) -> None:
        """Count an answer of the web side."""
        counter = self._answers.get(status)
        if counter is None:
            counter = self._answers[status] = self.requests.labels(str(status))
        counter.inc()

    def count(self, report: PollReport) -> None:
        """Count one poll."""
        self.polls.labels(report.outcome).inc()
        if report.failure is not None:
            self.failures.labels(report.failure.kind.value).inc()
            if report.failure.kind is FailureKind.RATE_LIMITED:
                self.limited.labels(self._host(report.host)).inc()
        if report.failure is None or report.failure.phase != "request":  # it was not asked
            self.requests_by_contact.labels(report.contact).inc()
        for bound in report.early:
            self.early.labels(bound).inc()
        self.bytes.inc(report.bytes)
        self.saved.inc(max(0, report.decoded - report.bytes))
        self.articles.inc(report.new_articles)
        self.stories.inc(report.new_stories)
        self.held.inc(report.held_articles)
        self.seconds.observe(report.seconds)

    def _host(self, host: str) -> str:
        if len(self._limited_hosts) < _MOST_HOSTS:
            self._limited_hosts.add(host)
        return host if host in self._limited_hosts else "other"

    def names(self) -> Iterator[str]:
        """The name of every metric, as it is documented."""
        for family in self.registry.collect():
            yield family.name

    def text(self) -> bytes:
        """What /metrics answers."""
        return bytes(generate_latest(self.registry))
