"""A log line is one JSON object with its fields."""

from __future__ import annotations

import json
import logging
import sys
from typing import TYPE_CHECKING

from tonewatch.stream.service.logs import JsonFormatter, SaidBefore

if TYPE_CHECKING:
    from tests.conftest import Clock


def line(**extra: object) -> dict[str, object]:
    record = logging.makeLogRecord(
        {"msg": "A call ended", "levelname": "INFO", "name": "x", "created": 0.0, "msecs": 0.0, **extra}
    )
    found: dict[str, object] = json.loads(JsonFormatter("listen").format(record))
    return found


def test_a_line_carries_time_role_text_and_fields() -> None:
    assert line(call_id="c") == {
        "time": "1970-01-01T00:00:00.000Z",
        "level": "info",
        "role": "listen",
        "logger": "x",
        "message": "A call ended",
        "call_id": "c",
    }


def test_an_exception_stays_on_its_line() -> None:
    try:
        raise ValueError("bad")
    except ValueError:
        found = line(exc_info=sys.exc_info())
    assert "ValueError: bad" in str(found["exception"])


def said(text: str) -> logging.LogRecord:
    return logging.makeLogRecord({"name": "aiokafka", "levelname": "ERROR", "msg": text})


def test_what_is_said_again_and_again_is_said_once_with_how_often(clock: Clock) -> None:
    quiet = SaidBefore(10.0, clock=clock)
    assert [quiet.filter(said("gone")) for _ in range(4)] == [True, False, False, False]
    assert quiet.filter(said("other"))
    clock.now_s = 10.0
    again = said("gone")
    assert quiet.filter(again)
    assert json.loads(JsonFormatter("listen").format(again))["repeated"] == 3
    clock.now_s = 20.0
    once = said("gone")
    assert quiet.filter(once)
    assert "repeated" not in json.loads(JsonFormatter("listen").format(once))


def test_more_ways_of_saying_it_than_are_kept_are_all_let_through_and_forgotten_in_time(clock: Clock) -> None:
    quiet = SaidBefore(10.0, most=2, clock=clock)
    assert [quiet.filter(said(text)) for text in "abcca"] == [True, True, True, True, False]
    clock.now_s = 11.0
    assert [quiet.filter(said(text)) for text in "cca"] == [True, False, True]
