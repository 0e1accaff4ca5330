from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from tonewatch.stream.doors.announced_calls import UNUSED_S, AnnouncedCall, AnnouncedCalls
from tonewatch.stream.doors.credentials import Refused
from tonewatch.stream.errors import BadRecord, Unprocessable

ONE, OTHER = "40325ec2-5efd-4bd3-805f-53576e581d13", "40325ec2-5efd-4bd3-805f-53576e581d14"


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def body(**more: Any) -> bytes:
    legs = [{"role": "customer", "audiosocket": ONE}, {"role": "agent", "rtp": "slin16"}]
    return json.dumps({"call_id": "c", "legs": legs, **more}).encode()


def refusal(calls: AnnouncedCalls, said: bytes) -> str:
    with pytest.raises(BadRecord) as caught:
        calls.announce("acme", said)
    return caught.value.reason


def test_an_announcement_says_who_is_on_which_leg() -> None:
    calls = AnnouncedCalls(Clock())
    call = calls.announce("acme", body(notice_given=True, queue="billing", caller_id="x"))
    assert (call.facts.call_id, call.facts.roles, call.facts.queue) == ("acme:c", ("customer", "agent"), "billing")
    assert call.facts.notice_given and call.legs[1].format is not None and call.legs[1].format.rate_hz == 16_000
    assert calls.by_uuid(UUID(ONE)) == (call, call.legs[0])


def test_without_a_word_on_it_no_notice_was_given() -> None:
    assert not AnnouncedCalls(Clock()).announce("acme", body()).facts.notice_given


def test_a_uuid_is_given_where_none_is_named() -> None:
    said = body(legs=[{"role": "customer", "audiosocket": ""}, {"role": "agent", "audiosocket": ""}])
    one, other = AnnouncedCalls(Clock()).announce("acme", said).legs
    assert one.uuid is not None and other.uuid is not None and one.uuid != other.uuid


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (b"", "undecodable"),
        (b"\xff", "undecodable"),
        (body(call_id=""), "undecodable"),
        (body(legs=[]), "undecodable"),
        (body(notice="true"), "undecodable"),
        (body(legs=[{"role": "caller", "audiosocket": ONE}]), "undecodable"),
        (body(legs=[{"role": "agent"}]), "bad_leg"),
        (body(legs=[{"role": "agent", "rtp": "gsm"}]), "bad_leg"),
        (body(legs=[{"role": "agent", "rtp": "ulaw", "audiosocket": ONE}]), "bad_leg"),
        (body(legs=[{"role": "agent", "audiosocket": "no uuid"}]), "bad_uuid"),
        (body(legs=[{"role": "agent", "audiosocket": ONE}, {"role": "customer", "audiosocket": ONE}]), "bad_uuid"),
        (body(call_id="é" * 128), "bad_call_id"),
    ],
)
def test_what_is_no_announcement_is_refused(said: bytes, reason: str) -> None:
    calls = AnnouncedCalls(Clock())
    assert refusal(calls, said) == reason and len(calls) == 0


def test_a_call_and_a_uuid_are_announced_once() -> None:
    calls = AnnouncedCalls(Clock())
    calls.announce("acme", body())
    assert refusal(calls, body()) == "known_call"
    assert refusal(calls, body(call_id="d")) == "known_uuid"


def test_a_tenant_cannot_name_the_call_of_another() -> None:
    calls = AnnouncedCalls(Clock())
    calls.announce("acme", body())
    assert calls.named("umbrella", "c") is None and calls.named("acme", "c") is not None


def test_the_tenant_without_a_name_can_neither_announce_nor_name_the_call_of_another() -> None:
    calls = AnnouncedCalls(Clock())
    with pytest.raises(Unprocessable, match="another tenant") as refused:
        calls.announce("", body(call_id="acme:c"), {"acme"})
    assert refused.value.reason == "other_tenant" and len(calls) == 0
    calls.announce("acme", body(), {"acme"})
    assert calls.named("", "acme:c") is None
    for number, call_id in enumerate(("sip:c", "acme", "acmes:c")):
        own = calls.announce("", body(call_id=call_id, legs=[leg(OTHER[:-1] + str(number))]), {"acme"})
        assert calls.named("", call_id) is own


def test_what_nobody_uses_is_forgotten() -> None:
    clock = Clock()
    calls = AnnouncedCalls(clock)
    used, unused = calls.announce("acme", body()), calls.announce("acme", body(call_id="d", legs=[leg(OTHER)]))
    calls.connect(used)
    clock.now_s = UNUSED_S + 1
    assert calls.by_uuid(UUID(ONE))[0] is used
    with pytest.raises(Unprocessable, match="announce the call first"):
        calls.by_uuid(UUID(OTHER))
    assert unused.zero_ms is None and len(calls) == 1


def announce(calls: AnnouncedCalls, tenant: str, call_id: str) -> AnnouncedCall:
    return calls.announce(tenant, body(call_id=call_id, legs=[{"role": "agent", "audiosocket": ""}]))


def test_a_tenant_announces_so_many_calls_and_another_one_is_not_touched_by_it() -> None:
    clock = Clock()
    calls = AnnouncedCalls(clock, most=2)
    first = announce(calls, "acme", "1")
    announce(calls, "acme", "2")
    with pytest.raises(Refused) as refused:
        announce(calls, "acme", "3")
    assert (refused.value.status, refused.value.reason, len(calls)) == (429, "calls", 2)
    announce(calls, "beta", "1")
    calls.forget(first)
    calls.forget(first)
    announce(calls, "acme", "3")
    with pytest.raises(Refused):
        announce(calls, "acme", "4")
    clock.now_s = UNUSED_S + 1
    announce(calls, "acme", "4")
    assert len(calls) == 1


def test_at_the_bound_a_call_whose_legs_have_all_gone_gives_way_and_none_that_is_used_or_waited_for() -> None:
    calls = AnnouncedCalls(Clock(), most=3)
    waited_for, used, left = (announce(calls, "acme", call_id) for call_id in ("waited-for", "used", "left"))
    for call in (used, left):
        calls.connect(call)
        call.begin(0)
    calls.leave(left)
    announce(calls, "acme", "new")
    assert calls.named("acme", "left") is None and calls.named("acme", "waited-for") is waited_for
    with pytest.raises(Refused):
        announce(calls, "acme", "newer")
    calls.leave(used)
    announce(calls, "acme", "newer")
    assert calls.named("acme", "used") is None and len(calls) == 3


def test_an_announcement_looks_at_none_that_is_not_due() -> None:
    class Watched(dict[Any, None]):
        looked = 0

        def __iter__(self) -> Iterator[Any]:
            for one in super().__iter__():
                self.looked += 1
                yield one

    calls = AnnouncedCalls(Clock(), most=1_000)
    calls._idle = watched = Watched()
    for number in range(500):
        announce(calls, "acme", str(number))
    assert watched.looked <= 500


def leg(uuid: str) -> dict[str, str]:
    return {"role": "agent", "audiosocket": uuid}


def test_all_legs_count_from_the_first_one() -> None:
    call = AnnouncedCalls(Clock()).announce("acme", body())
    assert (call.begin(500), call.begin(900)) == (500, 500)
