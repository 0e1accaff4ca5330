"""Who did what at the board, as it is told, and what becomes of it where it cannot be written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from tonewatch.dashboard.audit import MOST_OF_ONE, WAITING, Audit
from tonewatch.dashboard.signin.person import Person
from tonewatch.stream.audit.chain import Chain
from tonewatch.stream.audit.record import Record
from tonewatch.stream.audit.verify import verify
from tonewatch.stream.codec import decode_access
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.messages import Access, CallState
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.process import cancel

Serve = Callable[..., Any]
Join = Callable[..., Awaitable[Any]]

ADA = Person("Ada", "supervisor")


class Kept:
    """Keeps what is written, or fails."""

    def __init__(self, failure: str = "") -> None:
        self.written: list[Access] = []
        self.failure = failure

    async def write(self, access: Access) -> None:
        if self.failure:
            raise BrokerError(self.failure)
        self.written.append(access)

    def lose(self) -> None:
        return

    async def aclose(self) -> None:
        return


def lost(metrics: Metrics) -> float:
    return float(metrics.audit_lost._value.get())


async def test_what_is_told_is_written_in_order_with_name_role_and_time() -> None:
    kept, metrics = Kept(), Metrics(CollectorRegistry())
    audit = Audit(kept, metrics, lambda: 7)
    running = asyncio.create_task(audit.run())
    audit.tell("signed_in", ADA)
    audit.tell("acted", ADA, "c", "c/anger/1", "acknowledge")
    audit.tell("sign_in_failed", "")
    await audit.aclose()
    await cancel([running])
    told = [(one.kind, one.by, one.role, one.call_id, one.detail, one.acted_at_ms) for one in kept.written]
    assert told == [
        ("signed_in", "Ada", "supervisor", "", "", 7),
        ("acted", "Ada", "supervisor", "c", "acknowledge", 7),
        ("sign_in_failed", "", "", "", "", 7),
    ]
    assert len({one.access_id for one in kept.written}) == 3
    assert lost(metrics) == 0


async def test_what_cannot_be_written_is_counted_and_keeps_nobody() -> None:
    metrics = Metrics(CollectorRegistry())
    audit = Audit(Kept("Kafka is away"), metrics, lambda: 7)
    running = asyncio.create_task(audit.run())
    audit.tell("looked", ADA, "c")
    audit.tell("looked", ADA, "d")
    await audit.aclose()
    await cancel([running])
    assert lost(metrics) == 2


async def test_more_than_is_kept_is_counted_too() -> None:
    metrics = Metrics(CollectorRegistry())
    audit = Audit(Kept(), metrics, lambda: 7)
    for number in range(WAITING + 3):
        audit.tell("looked", Person(f"Ada {number % 5}", "supervisor"), "c")
    assert lost(metrics) == 3


async def test_neither_strangers_nor_one_person_crowd_out_what_others_do() -> None:
    kept, metrics = Kept(), Metrics(CollectorRegistry())
    audit = Audit(kept, metrics, lambda: 7)
    for number in range(WAITING):
        audit.tell("sign_in_failed", f"grace {number % 7}")
        audit.tell("looked", ADA, "c")
    audit.tell("exported", Person("Grace", "qa"))
    running = asyncio.create_task(audit.run())
    await audit.aclose()
    audit.tell("looked", ADA, "d")
    await audit.aclose()
    await cancel([running])
    assert [one.kind for one in kept.written[-2:]] == ["exported", "looked"]
    assert len(kept.written) == 2 * MOST_OF_ONE + 2
    assert lost(metrics) == 2 * (WAITING - MOST_OF_ONE)


@pytest.mark.integration
async def test_a_look_an_action_and_an_open_board_are_told_by_the_socket(serve: Serve, join: Join, writer: Any) -> None:
    kept = Kept()
    writer.write(CallState(call_id="c", state="live"))
    async with serve(audit_writer=kept) as address:
        client = await join(address)
        await client.frame("snapshot")
        await client.socket.send('{"looked":"c"}')
        act = {"action_id": "1", "call_id": "c", "alert_id": "c/anger/1", "action": "acknowledge", "by": "x"}
        await client.socket.send(json.dumps({"act": act}))
        assert "TONEWATCH_KAFKA" in (await client.frame("acted"))["error"]
    assert [(one.kind, one.call_id) for one in kept.written] == [
        ("signed_in", ""),
        ("opened_board", ""),
        ("looked", "c"),
    ]


class Chained(Kept):
    """Keeps the bytes that Kafka would get."""

    def __init__(self) -> None:
        super().__init__()
        self.chain, self.values = Chain("w", b"k" * 32), list[bytes]()

    async def write(self, access: Access) -> None:
        self.values.append(self.chain.link(access))
        self.chain.acknowledged()


ODD = st.one_of(st.text(st.characters(), max_size=600), st.sampled_from(["€" * 200, "\ud800", "c" * 257]))


@given(by=ODD, role=ODD, call_id=ODD, alert_id=ODD, detail=ODD)
def test_whatever_is_told_is_read_back(by: str, role: str, call_id: str, alert_id: str, detail: str) -> None:
    kept = Chained()

    async def tell() -> None:
        audit = Audit(kept, Metrics(CollectorRegistry()), lambda: 7)
        running = asyncio.create_task(audit.run())
        audit.tell("refused", Person(by, role), call_id, alert_id, detail)  # type: ignore[arg-type]
        audit.tell("looked", by, call_id, alert_id, detail)
        await audit.aclose()
        await cancel([running])

    asyncio.run(tell())
    assert [decode_access(value).kind for value in kept.values] == ["refused", "looked"]
    assert verify([Record(0, n, value) for n, value in enumerate(kept.values)], b"k" * 32).faults == []


@pytest.mark.integration
async def test_an_action_on_a_call_id_of_many_bytes_is_refused_and_leaves_the_audit_whole(
    serve: Serve, join: Join
) -> None:
    kept = Chained()
    async with serve(audit_writer=kept) as address:
        client = await join(address)
        act = {"action_id": "1", "call_id": "€" * 200, "alert_id": "x", "action": "acknowledge", "by": "x"}
        await client.socket.send(json.dumps({"act": act}, ensure_ascii=False))
        assert "256 bytes" in (await client.frame("acted"))["error"]
    assert verify([Record(0, n, value) for n, value in enumerate(kept.values)], b"k" * 32).faults == []
