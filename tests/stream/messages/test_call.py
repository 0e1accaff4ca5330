"""What a door writes of a call."""

from __future__ import annotations

from tonewatch.stream.codec import decode_call, encode_call
from tonewatch.stream.messages import CallAttributes, CallStarted


def test_a_call_s_attributes_are_those_that_it_was_started_with() -> None:
    started = CallStarted(
        call_id="c", roles=("customer", "agent"), notice_given=True, started_at_ms=7, queue="billing", language="pl-PL"
    )
    known = CallAttributes(roles=("customer", "agent"), started_at_ms=7, queue="billing", language="pl-PL")
    assert started.attributes == known


def test_the_caller_s_id_is_no_attribute() -> None:
    started = CallStarted(call_id="c", roles=("customer",), notice_given=True, started_at_ms=7, caller_id="+48 1")
    again = decode_call(encode_call(started))
    assert isinstance(again, CallStarted)
    assert again.caller_id == "+48 1"
    assert "+48" not in repr(again.attributes)
