"""What was refused is kept only where somebody said that the caller was told, and nobody that not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
import pytest

from tonewatch.workers.listen.notice import NoticePolicy, may_be_kept, said_notice


def known_as(calls: Mapping[bytes, bool | None]) -> Callable[[bytes | None], bool | None]:
    return lambda call_id: None if call_id is None else calls.get(call_id)


def record(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"type": "audio_chunk", **fields})


@pytest.mark.parametrize("of_call", [True, False, None])
@pytest.mark.parametrize("said", [True, False, None])
def test_one_yes_and_no_no_is_what_it_takes(said: bool | None, of_call: bool | None) -> None:
    value = record() if said is None else record(notice_given=said)
    assert may_be_kept(value, b"c", known_as({b"c": of_call})) == (
        True in (said, of_call) and False not in (said, of_call)
    )


@pytest.mark.parametrize("value", [b"", None, b"\xc1", b"audio", record(channel=1), b"\x91" * 9000])
def test_what_cannot_be_read_says_nothing(value: bytes | None) -> None:
    assert said_notice(value) is None
    assert not may_be_kept(value, b"c", known_as({}))


def test_a_record_is_of_the_call_that_it_names_too_whatever_its_key_is() -> None:
    known = {b"told": True, b"not": False}
    assert may_be_kept(record(call_id="told"), None, known_as(known))
    assert may_be_kept(record(call_id="told"), b"other", known_as(known))
    assert not may_be_kept(record(call_id="not"), b"told", known_as(known))
    assert not may_be_kept(record(call_id="told"), b"not", known_as(known))


def test_a_record_says_it_whatever_else_of_it_is_wrong() -> None:
    assert said_notice(record(notice_given=True, channel="first", payload=7)) is True


@pytest.mark.parametrize(
    "value",
    [
        record(notice_given=False, channel="first", payload=7),
        record(call_id=b"c", notice_given=False),
        record(payload=b"what was said", notice_given=False, codec="opus")[:-6],
        record(notice_given=0),
        record(notice_given=1),
        record(notice_given="yes"),
        record(notice_given=None),
        record(notice_given=[True]),
        record(notice_given=True) + record(notice_given=False),
        record(notice_given=True)[:-1],
        msgspec.msgpack.encode({b"notice_given": False}),
        msgspec.msgpack.encode([record(notice_given=False)]),
        b'{"type": "audio_chunk", "notice_given": false}',
    ],
)
def test_what_is_not_plainly_yes_is_no_and_is_not_kept_of_a_call_that_was_told(value: bytes) -> None:
    assert said_notice(value) is False
    assert not may_be_kept(value, b"told", known_as({b"told": True, b"c": True}))


def test_a_call_that_is_named_by_bytes_is_asked_too() -> None:
    value = msgspec.msgpack.encode({"call_id": b"not", "channel": "first"})
    assert not may_be_kept(value, b"told", known_as({b"told": True, b"not": False}))


def test_a_policy_names_teams_and_an_empty_one_is_everybody_s() -> None:
    assert NoticePolicy.of("").allows("")
    some = NoticePolicy.of(" gold , silver,")
    assert [some.allows(team) for team in ("gold", "silver", "", "bronze")] == [True, True, False, False]
    assert not NoticePolicy.of(" , ").allows("")
