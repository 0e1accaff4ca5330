"""What is known of deliveries after a restart, whoever wrote last."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.errors import BadRecord
from tonewatch.stream.kafka.dead_letters import AGAIN, ERASED, REPLAYED
from tonewatch.stream.messages import Delivery
from tonewatch.stream.notify.delivery_log import DeliveryLog, Erased, _erased, _take, checked
from tonewatch.stream.notify.withdrawal import NOTICE_WITHDRAWN
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.topics import DELIVERIES

from ...conftest import FakeKafka, FakeRecord
from .conftest import GOLDEN


def delivery(state: str) -> Delivery:
    golden = decode_delivery((GOLDEN / "delivery.json").read_bytes())
    return msgspec.structs.replace(golden, state=state)


BY_US, SENT_BACK, SENT_BACK_AGAIN = (), (REPLAYED,), (REPLAYED, AGAIN)


def newest(*written: tuple[str, tuple[str, ...]]) -> str:
    """The state that is known after these, each with the headers of one that was sent back from the dead letters."""
    found: dict[str, Delivery] = {}
    for offset, (state, names) in enumerate(written):
        headers = tuple((name, b"x") for name in names)
        record = FakeRecord(DELIVERIES.name, 0, offset, encode(delivery(state)), headers=headers)
        _take(record, delivery(state), found)
    (one,) = found.values()
    return one.state


@pytest.mark.parametrize(
    ("written", "state"),
    [
        ([("waiting", BY_US), ("delivered", BY_US)], "delivered"),
        ([("delivered", BY_US), ("waiting", BY_US)], "delivered"),
        ([("dead", BY_US), ("waiting", SENT_BACK)], "waiting"),
        ([("dead", BY_US), ("waiting", SENT_BACK), ("delivered", BY_US)], "delivered"),
        ([("waiting", BY_US), ("waiting", BY_US)], "waiting"),
        ([("dead", BY_US), ("delivered", BY_US), ("waiting", SENT_BACK)], "delivered"),
        ([("dead", BY_US), ("delivered", BY_US), ("waiting", SENT_BACK_AGAIN)], "waiting"),
    ],
)
def test_what_is_over_is_over_unless_somebody_sends_it_back(
    written: list[tuple[str, tuple[str, ...]]], state: str
) -> None:
    assert newest(*written) == state


@pytest.mark.parametrize("value", [b"{", b""])
def test_what_cannot_be_read_is_a_bad_record(value: bytes) -> None:
    with pytest.raises(BadRecord):
        checked(FakeRecord(DELIVERIES.name, 0, 0, value))


async def test_a_dead_delivery_is_a_letter_first_that_waits_again_and_then_dead(fake_kafka: FakeKafka) -> None:
    await DeliveryLog(fake_kafka, Metrics()).bury(delivery("dead"))
    (letter_topic, letter), (topic, kept) = fake_kafka.sent
    assert (letter_topic, topic) == (DELIVERIES.dlq, DELIVERIES.name)
    again, dead = decode_delivery(letter), decode_delivery(kept)
    assert (again.state, again.attempts, again.tried_at_ms, again.address) == ("waiting", 0, 0, "")
    assert dead.state == "dead" and dead.delivery_id == again.delivery_id


def test_what_ended_by_a_withdrawal_is_sent_back_by_nobody() -> None:
    ended = msgspec.structs.replace(delivery("cancelled"), reason=NOTICE_WITHDRAWN)
    found = {ended.delivery_id: ended}
    headers = tuple((name, b"x") for name in SENT_BACK_AGAIN)
    record = FakeRecord(DELIVERIES.name, 0, 1, encode(delivery("waiting")), headers=headers)
    assert not _take(record, delivery("waiting"), found)
    assert found == {ended.delivery_id: ended}


def test_a_tombstone_and_the_header_of_an_erasure_tell_what_was_erased() -> None:
    golden = delivery("waiting")
    left = FakeRecord(DELIVERIES.name, 0, 1, encode(golden), key=b"d", headers=((ERASED, b"hash"),))
    ours = FakeRecord(DELIVERIES.name, 0, 2, encode(golden), key=b"d")
    nothing: Any = None
    tombstone = FakeRecord(DELIVERIES.name, 0, 3, nothing, key=b"d")
    assert [_erased(one) for one in (left, ours, tombstone)] == [Erased("d", "hash"), None, Erased("d", None)]
