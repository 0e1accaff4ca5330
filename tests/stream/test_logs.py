"""A log line is one JSON object with its fields."""

import json
import logging
import sys

from tonewatch.stream.logs import JsonFormatter


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
