"""What was refused is kept only where somebody said that the caller was told, and nobody that not."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.workers.listen.notice import NoticePolicy, may_be_kept, said_notice


def record(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"type": "audio_chunk", **fields})


@pytest.mark.parametrize("of_call", [True, False, None])
@pytest.mark.parametrize("said", [True, False, None])
def test_one_yes_and_no_no_is_what_it_takes(said: bool | None, of_call: bool | None) -> None:
    value = record() if said is None else record(notice_given=said)
    assert may_be_kept(value, b"c", {b"c": of_call}.get) == (True in (said, of_call) and False not in (said, of_call))


@pytest.mark.parametrize("value", [b"", None, b"\xc1", b"audio", record(notice_given="yes"), b"\x91" * 9000])
def test_what_cannot_be_read_says_nothing(value: bytes | None) -> None:
    assert said_notice(value) is None
    assert not may_be_kept(value, b"c", {}.get)


def test_a_record_is_of_the_call_that_it_names_too_whatever_its_key_is() -> None:
    known = {b"told": True, b"not": False}
    assert may_be_kept(record(call_id="told"), None, known.get)
    assert may_be_kept(record(call_id="told"), b"other", known.get)
    assert not may_be_kept(record(call_id="not"), b"told", known.get)
    assert not may_be_kept(record(call_id="told"), b"not", known.get)


def test_a_record_says_it_whatever_else_of_it_is_wrong() -> None:
    assert said_notice(record(notice_given=True, channel="first", payload=7)) is True


def test_a_policy_names_teams_and_an_empty_one_is_everybody_s() -> None:
    assert NoticePolicy.of("").allows("")
    some = NoticePolicy.of(" gold , silver,")
    assert [some.allows(team) for team in ("gold", "silver", "", "bronze")] == [True, True, False, False]
    assert not NoticePolicy.of(" , ").allows("")
