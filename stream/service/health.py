"""Is this process alive, and ready for work: two answers beside the metrics, at `/live` and `/ready`.

Live means that its loop goes round: a process that is not should be killed. Ready means that it has joined its group
and that Kafka answers it: one that is not is left alone, for it mends itself when Kafka does.
"""

from __future__ import annotations

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from aiokafka import AIOKafkaConsumer

log = logging.getLogger(__name__)

STUCK_S = 60.0
"""A loop that did not go round for this long hangs; the longest wait that is meant to be is a commit's, 10 s."""

FRESH_S = 15.0
"""Kafka answers a fetch within its wait even when there is nothing; after this long it is away."""

Start = Callable[[str, list[tuple[str, str]]], Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]


class Health:
    """Told by the loops of a role, asked by the probes. `clock` is monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._beats: dict[str, float] = {}
        self._why_not_ready: dict[str, Callable[[], str]] = {}
        self._providers: dict[str, str] = {}
        self._warnings: dict[str, str] = {}

    def beat(self, loop: str = "main") -> None:
        """This loop goes round."""
        self._beats[loop] = self._clock()

    def needs(self, what: str, why_not: Callable[[], str]) -> None:
        """Ready only while `why_not` is empty."""
        self._why_not_ready[what] = why_not

    def runs_on(self, model: str, provider: str) -> None:
        """What a model that was loaded runs on."""
        self._providers[model] = provider

    def warn(self, what: str, text: str) -> None:
        """Something that a person should mend, and that keeps no work from being done."""
        if self._warnings.get(what) != text:
            log.warning("Works, but not as it should", extra={"of": what, "why": text})
        self._warnings[what] = text

    def mended(self, what: str) -> None:
        """What was warned of is so no longer, if it was."""
        self._warnings.pop(what, None)

    def remarks(self) -> dict[str, dict[str, str]]:
        """`providers` and `warnings`, those of them that there are."""
        said = {"providers": dict(self._providers), "warnings": dict(self._warnings)}
        return {name: told for name, told in said.items() if told}

    def needed(self) -> dict[str, str]:
        """Why each thing that is needed is missing; '' where it is there."""
        return {name: why_not() for name, why_not in list(self._why_not_ready.items())}

    def ages_s(self) -> dict[str, float]:
        """Seconds since each loop went round."""
        now_s = self._clock()
        return {name: now_s - at for name, at in list(self._beats.items())}

    def stuck(self) -> dict[str, str]:
        """The loops that hang. None that has not begun: starting up may take its time."""
        now_s = self._clock()
        return {name: f"not round for {now_s - at:.0f} s" for name, at in self._beats.items() if now_s - at > STUCK_S}

    def not_ready(self) -> dict[str, str]:
        """What is missing; never empty before the first beat."""
        missing = {name: why for name, why_not in self._why_not_ready.items() if (why := why_not())}
        return missing | self.stuck() | ({} if self._beats else {"main": "starting"})


def why_not_reading(consumer: AIOKafkaConsumer, wall_s: Callable[[], float] = time.time) -> str:
    """Empty while the consumer's partitions are being read, or while it stands by with none."""
    partitions = consumer.assignment()
    polled_s = [(consumer.last_poll_timestamp(partition) or 0) / 1000 for partition in partitions]
    if partitions and wall_s() - max(polled_s) > FRESH_S:
        return "Kafka does not answer"
    return ""


def serve(port: int, health: Health, metrics: Wsgi, host: str = "127.0.0.1") -> None:
    """`/live` and `/ready` answer 200 or 503 with what is wrong; everything else is `metrics`.

    `/ready` also tells, with either status, what each model runs on (`providers`) and what to mend (`warnings`).

    Raises:
        OSError: the port is busy, or the address is none of this machine's.
    """

    def answer(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path not in ("/live", "/ready"):
            return metrics(environ, start)
        wrong = health.stuck() if path == "/live" else health.not_ready()
        start("503 Service Unavailable" if wrong else "200 OK", [("Content-Type", "application/json")])
        remarks = health.remarks() if path == "/ready" else {}
        return [json.dumps({**wrong, **remarks}).encode()]

    kind = _Server6 if ":" in host else _Server
    server = make_server(host, port, answer, kind, _Quiet)
    threading.Thread(target=server.serve_forever, name="probes", daemon=True).start()


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: ANN401
        """Nothing: a probe comes every few seconds."""
