"""What is exported of a call is that call's: no other's whose id holds its own, nor what lies beside it."""

from __future__ import annotations

import msgspec
import pytest
from aiokafka import ConsumerRecord

from tonewatch.stream.codec import decode_delivery, encode
from tonewatch.stream.erasure.person_export import _of_call
from tonewatch.stream.messages import Delivery
from tonewatch.stream.topics import DELIVERIES

from .test_kafka_erasure import DELIVERY


def record(delivery: Delivery) -> ConsumerRecord:
    value = encode(delivery)
    return ConsumerRecord(DELIVERIES.name, 0, 7, 5, 0, b"delivery", value, None, 8, len(value), ())


@pytest.mark.parametrize("part", ["call", "4711", "c", "call-47"])
def test_a_call_whose_id_is_a_part_of_another_s_is_handed_none_of_its_deliveries(part: str) -> None:
    notice = msgspec.structs.replace(DELIVERY.notices[0], call_id="call-4711")
    other = record(msgspec.structs.replace(DELIVERY, call_id="call-4711", notices=(notice,)))
    assert _of_call(other, part) is None
    assert _of_call(other, "call-4711") == other.value


def test_an_id_that_json_writes_in_another_way_finds_its_deliveries() -> None:
    call_id = 'a"b'
    notice = msgspec.structs.replace(DELIVERY.notices[0], call_id=call_id)
    found = _of_call(record(msgspec.structs.replace(DELIVERY, call_id=call_id, notices=(notice,))), call_id)
    assert found is not None
    assert decode_delivery(found).notices == (notice,)
