"""What is known of deliveries after a restart, whoever wrote last."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.kafka.dead_letters import REPLAYED
from tonewatch.stream.messages import Delivery
from tonewatch.stream.notify.delivery_log import DeliveryLog, _take
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import DELIVERIES

from ...conftest import FakeKafka, FakeRecord
from .conftest import GOLDEN


def delivery(state: str) -> Delivery:
    golden = decode_delivery((GOLDEN / "delivery.json").read_bytes())
    return msgspec.structs.replace(golden, state=state)


def newest(*written: tuple[str, bool]) -> str:
    """The state that is known after these, each with whether it was sent back from the dead letters."""
    found: dict[str, Delivery] = {}
    for offset, (state, is_replayed) in enumerate(written):
        headers = ((REPLAYED, b"x"),) if is_replayed else ()
        _take(FakeRecord(DELIVERIES.name, 0, offset, encode(delivery(state)), headers=headers), found)
    (one,) = found.values()
    return one.state


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ([("waiting", False), ("delivered", False)], "delivered"),
        ([("delivered", False), ("waiting", False)], "delivered"),
        ([("dead", False), ("waiting", True)], "waiting"),
        ([("dead", False), ("waiting", True), ("delivered", False)], "delivered"),
        ([("waiting", False), ("waiting", False)], "waiting"),
    ],
)
def test_what_is_over_is_over_unless_somebody_sends_it_back(written: list[tuple[str, bool]], state: str) -> None:
    assert newest(*written) == state


def test_what_cannot_be_read_is_passed_over() -> None:
    found: dict[str, Delivery] = {}
    for value in (b"{", b""):
        _take(FakeRecord(DELIVERIES.name, 0, 0, value), found)
    assert found == {}


async def test_a_dead_delivery_is_a_letter_first_that_waits_again_and_then_dead(fake_kafka: FakeKafka) -> None:
    await DeliveryLog(fake_kafka, Metrics()).bury(delivery("dead"))
    (letter_topic, letter), (topic, kept) = fake_kafka.sent
    assert (letter_topic, topic) == (DELIVERIES.dlq, DELIVERIES.name)
    again, dead = decode_delivery(letter), decode_delivery(kept)
    assert (again.state, again.attempts, again.tried_at_ms, again.address) == ("waiting", 0, 0, "")
    assert dead.state == "dead" and dead.delivery_id == again.delivery_id
