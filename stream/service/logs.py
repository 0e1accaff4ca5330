"""Structured logs: one JSON object a line on standard error.

A message's text is a fixed sentence. What varies goes into fields; what a person said, a number or a name goes
nowhere. That is a rule for our own code. Libraries know none of it: at DEBUG a websocket's writes each frame, a
multipart parser's each form, a server's each request. So DEBUG is ours alone, and of an error that a value caused
its words are left out, which quote the value.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable

from tonewatch.stream.settings import unknown_variables

log = logging.getLogger(__name__)

OURS = "tonewatch"
"""What is logged under another name is a library's."""

QUOTING = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Errors whose words quote what they were raised by: a key, a text that is no number."""

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """Record -> one line of JSON with time, level, logger, message, and the fields given as `extra`."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line.update({k: v for k, v in vars(record).items() if k not in _STANDARD})
        if record.exc_info:
            line["exception"] = without_words(record.exc_info[1])
        return json.dumps(line, default=str)


def without_words(error: BaseException | None) -> str:
    """The places in the code that an error came by, and its words; of an error that quotes values its type alone."""
    if error is None:
        return ""
    words = "" if isinstance(error, QUOTING) or not str(error) else f": {error}"
    own = "".join(traceback.format_tb(error.__traceback__)) + f"{type(error).__qualname__}{words}"
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return f"{without_words(before)}\n{own}" if before is not None else own


def _words(record: logging.LogRecord) -> tuple[object, ...]:
    return record.name, record.getMessage()


class SaidBefore(logging.Filter):
    """Lets a warning or an error through that was not said `at_once` times in the last `quiet_s`, by the same logger in
    the same words.

    A Kafka client that has lost its broker says so a hundred times a second. The next one that goes through has
    `repeated`: how often it was said in between. What is said in more than `most` ways is let through. `key`: what
    counts as the same.
    """

    def __init__(
        self,
        quiet_s: float = 10.0,
        *,
        at_once: int = 1,
        most: int = 500,
        key: Callable[[logging.LogRecord], tuple[object, ...]] = _words,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self._quiet_s = quiet_s
        self._at_once = at_once
        self._most = most
        self._key = key
        self._clock = clock
        self._said: dict[tuple[object, ...], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it to be written?"""
        key, now_s = self._key(record), self._clock()
        with self._lock:  # Clients log from more than one thread.
            since_s, times = self._said.get(key, (-math.inf, 0))
            if now_s - since_s < self._quiet_s:
                self._said[key] = (since_s, times + 1)
                return times < self._at_once
            if len(self._said) >= self._most:
                self._said = {said: then for said, then in self._said.items() if now_s - then[0] < self._quiet_s}
            if len(self._said) < self._most:
                self._said[key] = (now_s, 1)
        if times > self._at_once:
            record.repeated = times - self._at_once
        return True


LETTERS = "tonewatch.stream.kafka.dead_letters"
LETTERS_AT_ONCE = 20
"""Dead letters of one topic and reason that are told of one by one in ten seconds: a flood of ten thousand took the
listener a quarter of its time to write down, and each lies in its topic with its place."""


def _letter(record: logging.LogRecord) -> tuple[object, ...]:
    return record.getMessage(), getattr(record, "topic", ""), getattr(record, "reason", "")


def _is_new() -> Callable[[logging.LogRecord], bool]:
    """Filter of a role's handler: what clients and floods say again and again is counted instead."""
    clients, letters = SaidBefore(), SaidBefore(at_once=LETTERS_AT_ONCE, key=_letter)

    def is_new(record: logging.LogRecord) -> bool:
        if record.name.startswith("aiokafka"):
            return clients.filter(record)
        return record.name != LETTERS or letters.filter(record)

    return is_new


def is_ours(record: logging.LogRecord) -> bool:
    """May it be written? What libraries say below INFO is what passes through them: frames, forms, requests, rows."""
    return record.levelno >= logging.INFO or record.name.partition(".")[0] == OURS


def configure(role: str, level: str = "INFO") -> None:
    """Send every logger's records to standard error as JSON; quiet the libraries that talk too much.

    Every role begins with it, so it also names the variables in the environment that no setting has.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(role))
    handler.addFilter(_is_new())
    handler.addFilter(is_ours)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    if logging.getLogger().level < logging.INFO:
        # What nobody would see is not made up either; a logger that has a level of its own meets the filter.
        logging.getLogger(OURS).setLevel(logging.getLogger().level)
        logging.getLogger().setLevel(logging.INFO)
    for noisy in ("aiokafka", "faust", "mode", "httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    for variable, near in unknown_variables(os.environ).items():
        log.warning("No setting has this name", extra={"variable": variable, "nearest": near})
