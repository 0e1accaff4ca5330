from __future__ import annotations

import pytest
from starlette.requests import Request

from tonewatch.dashboard.review import answers


def asking(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": pairs, "query_string": b""})


def test_what_a_client_has_is_not_sent_again() -> None:
    first = answers.json(asking(), {"a": 1})
    again = answers.json(asking(if_none_match=first.headers["etag"]), {"a": 1})
    changed = answers.json(asking(if_none_match=first.headers["etag"]), {"a": 2})
    assert (first.body, again.status_code, again.body, changed.status_code) == (b'{"a":1}', 304, b"", 200)


@pytest.mark.parametrize(
    ("asked", "part", "told"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
    ],
)
def test_a_part_of_a_file_may_be_asked_for(asked: str, part: bytes, told: str) -> None:
    answer = answers.file(asking(range=asked), b"0123456789", "audio/wav")
    assert (answer.status_code, answer.body, answer.headers["content-range"]) == (206, part, told)


@pytest.mark.parametrize(
    "asked",
    ["bytes=10-", "bytes=5-4", "bytes=-", "bytes=-0", "bytes=0-1,3-4", "lines=1-2", f"bytes={'9' * 5000}-"],
    ids=lambda asked: asked[:12],
)
def test_a_part_that_is_not_there_is_refused(asked: str) -> None:
    answer = answers.file(asking(range=asked), b"0123456789", "audio/wav")
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")


def test_a_part_of_a_file_that_changed_meanwhile_is_the_whole_new_one() -> None:
    answer = answers.file(asking(range="bytes=0-1", if_range='"of before"'), b"0123456789", "audio/wav")
    assert (answer.status_code, answer.body) == (200, b"0123456789")
