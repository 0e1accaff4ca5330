"""A log line is one JSON object with its fields."""

from __future__ import annotations

import json
import logging
import sys
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tonewatch.stream.kafka import dead_letters
from tonewatch.stream.service.logs import LETTERS, LETTERS_AT_ONCE, JsonFormatter, SaidBefore, configure

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
        raise OSError("no space")
    except OSError:
        found = line(exc_info=sys.exc_info())
    assert "test_logs.py" in str(found["exception"])
    assert "OSError: no space" in str(found["exception"])


def test_an_error_that_quotes_what_it_was_raised_by_is_told_by_its_type_and_place_alone() -> None:
    number, name = "four one one two", "Mrs Example"
    try:
        try:
            int(number)
        except ValueError as error:
            raise KeyError(name) from error
    except KeyError:
        found = str(line(exc_info=sys.exc_info())["exception"])
    assert found.endswith("KeyError")
    assert "ValueError\n" in found
    assert number not in found
    assert name not in found


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


def test_a_flood_of_dead_letters_is_told_of_some_times_and_then_counted(clock: Clock) -> None:
    quiet = SaidBefore(10.0, at_once=3, clock=clock)
    assert [quiet.filter(said("gone")) for _ in range(5)] == [True, True, True, False, False]
    clock.now_s = 10.0
    again = said("gone")
    assert quiet.filter(again)
    assert json.loads(JsonFormatter("listen").format(again))["repeated"] == 2


def test_dead_letters_of_each_topic_and_reason_are_counted_by_themselves(capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers
    try:
        configure("listen")
        for number in range(3 * LETTERS_AT_ONCE):
            extra = {"topic": "calls", "reason": "shed" if number % 3 else "late", "offset": number}
            logging.getLogger(LETTERS).warning("A record went to its dead-letter topic", extra=extra)
        logging.getLogger(LETTERS).warning("Something else")
    finally:
        logging.getLogger().handlers = before
    lines = [json.loads(one) for one in capfd.readouterr().err.splitlines() if "unknown" not in one]
    told = Counter(one.get("reason", "") for one in lines if one["logger"] == LETTERS)
    assert told == {"shed": LETTERS_AT_ONCE, "late": LETTERS_AT_ONCE, "": 1}


def test_the_logger_of_dead_letters_is_the_one_that_is_meant() -> None:
    assert dead_letters.log.name == LETTERS


def test_debug_is_ours_alone_whatever_level_a_library_gives_itself(capfd: pytest.CaptureFixture[str]) -> None:
    before, level = logging.getLogger().handlers, logging.getLogger().level
    library, ours = logging.getLogger("websockets.server"), logging.getLogger("tonewatch.stream.anything")
    try:
        configure("dashboard", "DEBUG")
        library.setLevel(logging.DEBUG)
        library.debug("< TEXT '%s'", "a comment")
        library.info("connection open")
        ours.debug("A frame was read")
    finally:
        library.setLevel(logging.NOTSET)
        logging.getLogger("tonewatch").setLevel(logging.NOTSET)
        logging.getLogger().handlers = before
        logging.getLogger().setLevel(level)
    said = capfd.readouterr().err
    assert "A frame was read" in said
    assert "connection open" in said
    assert "a comment" not in said
