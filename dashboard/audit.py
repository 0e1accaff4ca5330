"""Who did what at the board, to Kafka: `tonewatch.audit.v1`.

Nobody waits for it, and nobody is kept from a call because it cannot be written: what is lost is counted.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tonewatch.dashboard.late_producer import LateProducer
from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.audit.chain import Chain, read_key
from tonewatch.stream.audit.fitting import fitting
from tonewatch.stream.cloud_events import event_headers
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import make_producer
from tonewatch.stream.messages import Access, AccessKind
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import AUDIT

_log = logging.getLogger(__name__)

WAITING = 10_000
"""Events that wait for Kafka at most: some minutes of a busy board. Later ones are lost, the earliest are kept."""

MOST_OF_ONE = WAITING // 4
"""Of these by one person, or by everybody who is not signed in: who makes many does not crowd out what others do."""

WRITE_S = 30.0
"""How long one event is tried."""

CLOSE_S = 2.0


class AuditWriter(Protocol):
    """Where audit events go."""

    async def write(self, access: Access) -> None:
        """
        Raises:
            BrokerError: it was not written.
        """

    def lose(self) -> None:
        """An event will never be written; the next that is tells how many."""

    async def aclose(self) -> None: ...


class Audit:
    """Takes events at once and writes them in order, in the background. `now_ms` is the wall clock."""

    def __init__(self, writer: AuditWriter | None, metrics: Metrics, now_ms: Callable[[], int]) -> None:
        self._writer = writer
        self._lost = metrics.audit_lost
        self._now_ms = now_ms
        self._waiting: asyncio.Queue[Access] = asyncio.Queue(WAITING)
        self._of_each: Counter[str] = Counter()
        self._was_lost = False

    def tell(self, kind: AccessKind, by: Person | str, call_id: str = "", alert_id: str = "", detail: str = "") -> None:
        """Something happened. A name alone stands where nobody is signed in (any more)."""
        name, role = (by.name, by.role) if isinstance(by, Person) else (by, "")
        if self._writer is None:
            return  # a read-only board without Kafka: its page says so
        access = fitting(
            Access(
                call_id=call_id,
                access_id=secrets.token_hex(16),
                kind=kind,
                by=name,
                role=role,
                acted_at_ms=self._now_ms(),
                alert_id=alert_id,
                detail=detail[:80],
            )
        )
        who = _share(access)
        if self._waiting.full() or self._of_each[who] >= MOST_OF_ONE:
            self._writer.lose()
            self._lose("more events wait than are kept")
            return
        self._of_each[who] += 1
        self._waiting.put_nowait(access)

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            access = await self._waiting.get()
            self._of_each -= Counter([_share(access)])  # which leaves out who has none left
            try:
                await self._write(access)
            finally:
                self._waiting.task_done()

    async def _write(self, access: Access) -> None:
        assert self._writer is not None
        try:
            await self._writer.write(access)
        except BrokerError as error:
            self._lose(str(error))
        else:
            self._was_lost = False

    def _lose(self, why: str) -> None:
        self._lost.inc()
        if not self._was_lost:  # once an outage
            _log.warning("Audit events are lost; the board goes on.", extra={"error": why})
        self._was_lost = True

    async def aclose(self) -> None:
        """What waits is written, for CLOSE_S at most; `run` must still go on."""
        if self._writer is None:
            return
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._waiting.join()
        except TimeoutError:
            for _ in range(self._waiting.qsize()):
                self._lose("the board stopped before they were written")
        await self._writer.aclose()


def _share(access: Access) -> str:
    """Whose it is; without a role nobody is signed in, whatever name was tried."""
    return access.by if access.role else ""


class KafkaAudit:
    """Writes to Kafka, each record linked to the one before; connects with the first event.

    Raises:
        SettingsError: the key of the seals cannot be read.
    """

    def __init__(
        self, settings: KafkaSettings, make: Callable[[KafkaSettings], AIOKafkaProducer] = make_producer
    ) -> None:
        self._producer = LateProducer(settings, WRITE_S, make)
        self._chain = Chain(key=read_key(settings.audit_key_file))

    def lose(self) -> None:
        self._chain.lose()

    async def write(self, access: Access) -> None:
        """
        Raises:
            BrokerError: Kafka did not take it within WRITE_S.
        """
        # Linked before anything can fail: a record that may or may not have arrived has its number all the same.
        value, key = self._chain.link(access), self._chain.writer.encode()
        try:
            async with asyncio.timeout(WRITE_S):
                producer = await self._producer.started()
                headers = event_headers(AUDIT.name, access)
                await producer.send_and_wait(AUDIT.name, value, key=key, headers=headers)
        except (KafkaError, TimeoutError) as error:
            raise BrokerError(f"Kafka did not take an audit event ({type(error).__name__}).") from error
        self._chain.acknowledged()

    async def aclose(self) -> None:
        await self._producer.aclose()
