"""What was refused is kept only where somebody said that the caller was told, and nobody that not."""

from __future__ import annotations

import msgspec
import pytest

from tonewatch.workers.listen.notice import may_be_kept, said_notice


def record(**fields: object) -> bytes:
    return msgspec.msgpack.encode({"type": "audio_chunk", **fields})


@pytest.mark.parametrize("of_call", [True, False, None])
@pytest.mark.parametrize("said", [True, False, None])
def test_one_yes_and_no_no_is_what_it_takes(said: bool | None, of_call: bool | None) -> None:
    value = record() if said is None else record(notice_given=said)
    assert may_be_kept(value, of_call) == (True in (said, of_call) and False not in (said, of_call))


@pytest.mark.parametrize("value", [b"", None, b"\xc1", b"audio", record(notice_given="yes"), b"\x91" * 9000])
def test_what_cannot_be_read_says_nothing(value: bytes | None) -> None:
    assert said_notice(value) is None
    assert not may_be_kept(value, None)


def test_a_record_says_it_whatever_else_of_it_is_wrong() -> None:
    assert said_notice(record(notice_given=True, channel="first", payload=7)) is True
