"""Structured logs: one JSON object a line on standard error.

A message's text is a fixed sentence. What varies goes into fields; what a person said, a number or a name goes
nowhere.
"""

from __future__ import annotations

import json
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Callable

from tonewatch.stream.settings import unknown_variables

log = logging.getLogger(__name__)

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
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class SaidBefore(logging.Filter):
    """Lets a warning or an error through that was not said in the last `quiet_s`, by the same logger in the same words.

    A Kafka client that has lost its broker says so a hundred times a second. The next one that goes through has
    `repeated`: how often it was said in between. What is said in more than `most` ways is let through.
    """

    def __init__(self, quiet_s: float = 10.0, *, most: int = 500, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._quiet_s = quiet_s
        self._most = most
        self._clock = clock
        self._said: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Is it to be written?"""
        key, now_s = (record.name, record.getMessage()), self._clock()
        with self._lock:  # Clients log from more than one thread.
            at_s, repeated = self._said.get(key, (-math.inf, 0))
            if now_s - at_s < self._quiet_s:
                self._said[key] = (at_s, repeated + 1)
                return False
            if len(self._said) >= self._most:
                self._said = {said: then for said, then in self._said.items() if now_s - then[0] < self._quiet_s}
            if len(self._said) < self._most:
                self._said[key] = (now_s, 0)
        if repeated:
            record.repeated = repeated
        return True


def configure(role: str, level: str = "INFO") -> None:
    """Send every logger's records to standard error as JSON; quiet the libraries that talk too much.

    Every role begins with it, so it also names the variables in the environment that no setting has.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(role))
    clients = SaidBefore()
    handler.addFilter(lambda record: not record.name.startswith("aiokafka") or clients.filter(record))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("aiokafka", "faust", "mode", "httpx", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLogger().level))
    for variable, near in unknown_variables(os.environ).items():
        log.warning("No setting has this name", extra={"variable": variable, "nearest": near})
