"""A form posted through the guarded client (A7.7, A17.8)."""

import pytest

from aggregator.model import Failure, FailureKind, Fetched, FetchRequest, FetchResult
from tests.fetch.helpers import asked, response


def posted(*answers: bytes) -> tuple[FetchResult, list[str]]:
    return asked(
        *answers, request=lambda address: FetchRequest(f"http://{address}/hub", form={"a": "b c"})
    )


@pytest.mark.parametrize("status", ["200 OK", "202 Accepted", "204 No Content"])
def test_any_2xx_is_an_answer(status: str) -> None:
    result, (request,) = posted(response(b"", status))

    assert isinstance(result, Fetched)
    assert request.startswith("POST /hub HTTP/1.1\r\n")
    assert "content-type: application/x-www-form-urlencoded" in request.lower()
    assert "content-length: 5" in request.lower()


@pytest.mark.parametrize("status", ["301 x", "302 x", "303 x", "304 x", "400 x", "404 x", "500 x"])
def test_anything_else_is_a_failure(status: str) -> None:
    result, requests = posted(response(b"", status, [("Location", "/other")]), response(b""))

    assert isinstance(result, Failure)
    assert len(requests) == 1


@pytest.mark.parametrize("status", ["307 x", "308 x"])
def test_a17_8_307_and_308_are_followed_with_the_same_form(status: str) -> None:
    result, requests = posted(response(b"", status, [("Location", "/other")]), response(b""))

    assert isinstance(result, Fetched)
    assert [request.split(" HTTP")[0] for request in requests] == ["POST /hub", "POST /other"]
    assert all("content-length: 5" in request.lower() for request in requests)


def test_a7_7_a_redirect_to_a_private_address_is_refused() -> None:
    target = [("Location", "http://127.0.0.9:8080/")]
    result, _ = posted(response(b"", "307 x", target))

    assert isinstance(result, Failure)
    assert result.kind is FailureKind.BLOCKED_ADDRESS
