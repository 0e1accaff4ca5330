"""What was taken away, and what remains until when: signed, so that whoever is handed it can tell who wrote it."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

import msgspec

from tonewatch.stream.errors import DataError, SettingsError

LEAST_KEY_BYTES: Final = 32


class Removed(msgspec.Struct, frozen=True, kw_only=True):
    """`count` of `what` were taken out of `where`; 0 where nothing was there (any more)."""

    where: str
    what: str
    count: int


class Remains(msgspec.Struct, frozen=True, kw_only=True):
    """What cannot be taken away at once: it lies in `where` until `until_at_ms` at the latest; null: nothing tells."""

    where: str
    why: str
    until_at_ms: int | None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """`key_id` names the key without telling it. `signature`: HMAC-SHA256, hexadecimal, of the rest as JSON."""

    call_id: str
    erased_at_ms: int
    removed: tuple[Removed, ...]
    remains: tuple[Remains, ...]
    failed: tuple[str, ...] = ()
    release: str = ""
    key_id: str = ""
    signature: str = ""


_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(Receipt)


def read_key(text: str, variable: str) -> bytes:
    """The key that receipts are signed with.

    Raises:
        SettingsError: it is missing or so short that signatures could be forged by trying.
    """
    key = text.encode()
    if len(key) < LEAST_KEY_BYTES:
        raise SettingsError(f"{variable}: the key of receipts has {len(key)} bytes; give at least {LEAST_KEY_BYTES}.")
    return key


def sign(receipt: Receipt, key: bytes) -> Receipt:
    named = msgspec.structs.replace(receipt, key_id=hashlib.sha256(key).hexdigest()[:12], signature="")
    return msgspec.structs.replace(named, signature=_mac(named, key))


def text(receipt: Receipt) -> str:
    """As it is handed over: JSON, one field a line."""
    return msgspec.json.format(_encoder.encode(receipt), indent=2).decode() + "\n"


def verify(data: bytes, key: bytes) -> Receipt:
    """Raises:
    DataError: it is no receipt, or not one that was signed with this key as it stands.
    """
    try:
        receipt = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise DataError("This is no receipt of an erasure.") from error
    unsigned = msgspec.structs.replace(receipt, signature="")
    if not hmac.compare_digest(receipt.signature.encode(), _mac(unsigned, key).encode()):
        raise DataError(f"The receipt was changed, or signed with another key (it names {receipt.key_id or 'none'}).")
    return receipt


def _mac(receipt: Receipt, key: bytes) -> str:
    return hmac.new(key, _encoder.encode(receipt), hashlib.sha256).hexdigest()
