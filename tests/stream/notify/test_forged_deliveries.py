"""Whoever may write to the topic of deliveries writes what the schema allows: no notifier ends by it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.erased_calls import mark
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.dead_letters import REPLAYED, DeadLetters
from tonewatch.stream.messages import Delivery, Notice
from tonewatch.stream.notify.delivery_log import DeliveryReader, checked
from tonewatch.stream.notify.outcome import Delivered, Outcome, Refused, TryAgain
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.settings import plain_settings
from tonewatch.stream.topics import DELIVERIES

from ...conftest import FakeKafka, FakeRecord
from .conftest import GOLDEN, FakeReceiver, House, make_alert

GOLDEN_DELIVERY = decode_delivery((GOLDEN / "delivery.json").read_bytes())

ROUTES = """
version: 1
targets:
  hook: {kind: webhook, url: "https://a.example/", secrets: [{env: A}], give_up_after_s: 7200}
routes:
  all: {to: [hook]}
"""

TIMES = st.integers(-86_400_000, 4_102_444_800_000)
WORDS = st.text(max_size=80)
NAMES = st.sampled_from(["hook", "", "nobody"])


@st.composite
def deliveries(draw: Any) -> Delivery:
    """Legal by the schema, and odd in everything else."""
    (golden, *_) = GOLDEN_DELIVERY.notices
    calls = st.sampled_from(["c-1", "", "erased:", erased_id("c-1"), golden.call_id])
    made = st.builds(
        lambda **fields: msgspec.structs.replace(golden, **fields),
        alert_id=st.sampled_from(["", "a", golden.alert_id]),
        call_id=calls,
        seq=st.integers(0, 2**53),
        kind=st.sampled_from(["raised", "updated", "acknowledged", "resolved"]),
        event=st.sampled_from(["", "fired", "resolved"]),
        onset_ms=st.integers(0, 8 * 86_400_000),
        fired_ms=st.integers(0, 8 * 86_400_000),
        resolved_ms=st.none() | st.integers(0, 8 * 86_400_000),
        emitted_at_ms=TIMES,
        queue=WORDS,
        sentence=WORDS,
    )
    notices: tuple[Notice, ...] = tuple(draw(st.lists(made, max_size=3)))
    return Delivery(
        call_id=draw(calls),
        delivery_id=draw(st.sampled_from(["", "d", "e", "erased:", erased_id("c-1"), erased_id("c-1") + "0"])),
        target=draw(NAMES),
        route=draw(st.sampled_from(["", "all"])),
        state=draw(st.sampled_from(["waiting", "delivered", "dead", "cancelled", "dropped"])),
        notices=notices,
        group=draw(WORDS),
        step=draw(st.integers(0, 2**53)),
        planned_at_ms=draw(TIMES),
        due_at_ms=draw(TIMES),
        tried_at_ms=draw(TIMES),
        ended_at_ms=draw(TIMES),
        attempts=draw(st.integers(0, 2**53)),
        reason=draw(WORDS),
        address=draw(WORDS),
        receipt=draw(WORDS),
    )


@given(
    st.lists(deliveries(), max_size=6),
    st.sampled_from([Delivered("r"), Refused("http_400"), Refused("gone", is_gone=True), TryAgain("http_500")]),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=25)
def test_a_notifier_begins_and_works_whatever_legal_deliveries_lie_there(
    found: list[Delivery], answer: Outcome
) -> None:
    async def works() -> None:
        house = House(ROUTES, {"hook": FakeReceiver([answer] * 50)})
        kept: dict[str, Delivery] = {}
        for offset, one in enumerate(found):
            record = FakeRecord(DELIVERIES.name, 0, offset, encode(one), key=one.delivery_id.encode())
            try:
                kept[one.delivery_id] = checked(record)
            except BadRecord:
                continue
        house.desk.restore(kept.values())
        await house.desk.erase_again()
        await house.take(make_alert(), make_alert(1, "resolved"))
        for delivery in kept.values():
            await house.desk.take_back(delivery, again=True)
        for name in house.desk.book.targets():
            for _ in range(12):
                if not await house.desk.send_next(name):
                    break
        await house.desk.erase(erased_id("c-1"), None)
        house.now_ms += 10 * 86_400_000
        await house.desk.forget_old()
        house.desk.start()
        await house.desk.stop()

    asyncio.run(works())


@pytest.mark.parametrize("state", ["waiting", "delivered", "dead", "cancelled", "dropped"])
def test_a_delivery_that_tells_nothing_and_is_no_mark_cannot_be_used(state: str) -> None:
    forged = msgspec.structs.replace(GOLDEN_DELIVERY, notices=(), state=state)
    record = FakeRecord(DELIVERIES.name, 0, 0, encode(forged), key=forged.delivery_id.encode())
    with pytest.raises(BadRecord) as refused:
        checked(record)
    assert refused.value.reason == "no_notices"


def test_a_mark_is_read_and_what_tells_something_under_its_name_is_none() -> None:
    erased = mark("c-1", 7)
    assert checked(FakeRecord(DELIVERIES.name, 0, 0, encode(erased), key=erased.delivery_id.encode())) == erased
    forged = msgspec.structs.replace(GOLDEN_DELIVERY, delivery_id=erased.delivery_id)
    with pytest.raises(BadRecord) as refused:
        checked(FakeRecord(DELIVERIES.name, 0, 0, encode(forged), key=forged.delivery_id.encode()))
    assert refused.value.reason == "no_mark"


@dataclass
class Consumer:
    """One partition with these records, read from its beginning each time."""

    records: list[FakeRecord] = field(default_factory=list)

    async def getmany(self, *_: object, **__: object) -> dict[str, list[FakeRecord]]:
        return {"p": self.records}


async def test_each_record_that_cannot_be_used_is_one_dead_letter_however_often_it_is_read(
    fake_kafka: FakeKafka,
) -> None:
    forged = msgspec.structs.replace(GOLDEN_DELIVERY, notices=())
    headers = ((REPLAYED, b"x"),)
    records = [
        FakeRecord(DELIVERIES.name, 0, 0, b"{", key=b"d", headers=headers),
        FakeRecord(DELIVERIES.name, 0, 1, encode(forged), key=forged.delivery_id.encode(), headers=headers),
        FakeRecord(DELIVERIES.name, 0, 2, encode(GOLDEN_DELIVERY), key=b"another", headers=headers),
    ]
    reader = DeliveryReader(plain_settings("nowhere:1"), DeadLetters(fake_kafka, Metrics()))
    there: Any = Consumer(records)
    reader._consumer = there
    assert [await reader.by_others() for _ in range(2)] == [[], []]
    assert [topic for topic, _ in fake_kafka.sent] == [DELIVERIES.dlq] * 3
