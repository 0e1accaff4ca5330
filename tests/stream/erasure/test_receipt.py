from __future__ import annotations

import msgspec
import pytest

from tonewatch.stream.erasure.receipt import Receipt, Remains, Removed, read_key, sign, text, verify
from tonewatch.stream.errors import DataError, SettingsError

KEY = b"0123456789abcdef0123456789abcdef"
RECEIPT = Receipt(
    call_id="c",
    erased_at_ms=1,
    removed=(Removed(where="redis", what="view", count=1),),
    remains=(Remains(where="tonewatch.calls.v1", why="a log", until_at_ms=2),),
)


def test_a_receipt_says_who_signed_it_and_is_read_again() -> None:
    signed = sign(RECEIPT, KEY)
    assert verify(text(signed).encode(), KEY) == signed
    assert signed.key_id
    assert KEY.decode() not in text(signed)


@pytest.mark.parametrize("change", [{"call_id": "d"}, {"removed": ()}, {"erased_at_ms": 2}, {"key_id": "other"}])
def test_a_receipt_that_was_changed_is_none(change: dict[str, object]) -> None:
    changed = msgspec.structs.replace(sign(RECEIPT, KEY), **change)
    with pytest.raises(DataError, match="changed"):
        verify(text(changed).encode(), KEY)


@pytest.mark.parametrize("data", [b"", b"{}", b"\xff"])
def test_what_is_no_receipt_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(DataError, match="no receipt"):
        verify(data, KEY)


def test_another_key_is_not_enough_and_a_short_one_is_refused() -> None:
    with pytest.raises(DataError):
        verify(text(sign(RECEIPT, KEY)).encode(), KEY[::-1])
    with pytest.raises(SettingsError, match="TONEWATCH_ERASE_KEY"):
        read_key("short", "TONEWATCH_ERASE_KEY")
