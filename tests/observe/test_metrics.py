"""Metrics of politeness (A16)."""

from aggregator.model import Failure, FailureKind, PollReport
from aggregator.observe.metrics import Metrics


def counted(*reports: PollReport) -> Metrics:
    metrics = Metrics()
    for report in reports:
        metrics.count(report)
    return metrics


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(f"aggregator_{name}", labels)


def limited(host: str) -> PollReport:
    failure = Failure(FailureKind.RATE_LIMITED, "headers", "429", 429)
    return PollReport("a", "failed", failure=failure, host=host)


def test_a16_unconditional_polls_and_the_share_of_304s_can_be_told() -> None:
    metrics = counted(
        PollReport("a", "new"),
        PollReport("a", "not_modified", contact="conditional"),
        PollReport("a", "not_modified", contact="conditional"),
        PollReport("a", "unchanged", contact="unconditional"),
    )

    assert value(metrics, "poll_requests_total", contact="no_validators") == 1
    assert value(metrics, "poll_requests_total", contact="conditional") == 2
    assert value(metrics, "poll_requests_total", contact="unconditional") == 1
    assert value(metrics, "polls_total", outcome="not_modified") == 2


def test_a16_polls_that_came_too_early_are_counted_and_shown_while_there_are_none() -> None:
    metrics = counted(PollReport("a", "new"))
    assert value(metrics, "polls_early_total", bound="fresh") == 0
    assert value(metrics, "polls_early_total", bound="min") == 0

    metrics = counted(PollReport("a", "new", early=("fresh", "min")))
    assert value(metrics, "polls_early_total", bound="fresh") == 1


def test_a16_429s_are_counted_by_host_up_to_a_hundred_hosts() -> None:
    metrics = counted(*(limited(f"{n}.example") for n in range(250)), limited("0.example"))

    assert value(metrics, "rate_limited_total", host="0.example") == 2
    assert value(metrics, "rate_limited_total", host="other") == 150
    labels = [s for s in next(metrics.limited.collect().__iter__()).samples if s.name.endswith("_total")]  # fmt: skip
    assert len(labels) == 101


def test_a16_bytes_saved_by_compression_are_never_below_zero() -> None:
    metrics = counted(
        PollReport("a", "new", bytes=100, decoded=900), PollReport("a", "new", bytes=9, decoded=0)
    )

    assert value(metrics, "saved_bytes_total") == 800
