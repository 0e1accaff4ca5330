"""What a sealed record looks like: bytes in, bytes out.

    C1 54 57 01 | flags | key id (8 bytes) | nonce (12 bytes) | AES-256-GCM ciphertext and tag

Flags: 1, the value was deflated (zlib) before; 2, shredded: nothing follows the key id. Additional authenticated data
are the 13 bytes before the nonce, the topic, a NUL and the record's key. A nonce is random: under one key at most some
hundred thousand records are written, far below the 2^32 of NIST SP 800-38D, 8.3.
"""

from __future__ import annotations

import os
import zlib
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tonewatch.stream.codec import SEALED
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages.bounds import LARGEST_READ

KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
OVERHEAD_BYTES: Final = len(SEALED) + 1 + KEY_ID_BYTES + 12 + 16
"""That an envelope adds to a value which is not deflated."""

_NONCE_BYTES: Final = 12
_HEAD_BYTES: Final = len(SEALED) + 1 + KEY_ID_BYTES
_DEFLATED: Final = 1
_SHREDDED: Final = 2
_LEVEL: Final = 1
"""Of zlib: higher ones take three times as long for a twentieth less."""

SHREDDED_RECORD: Final = SEALED + bytes([_SHREDDED]) + bytes(KEY_ID_BYTES)
"""What is written of a call whose keys were destroyed."""


def is_sealed(value: bytes) -> bool:
    return value[: len(SEALED)] == SEALED


def is_empty(value: bytes) -> bool:
    """Of a sealed value: was it written after the call was shredded?"""
    return len(value) >= _HEAD_BYTES and bool(value[len(SEALED)] & _SHREDDED)


def key_id_of(value: bytes) -> bytes:
    """Of a sealed value; shorter than a key id where the envelope is cut off."""
    return value[len(SEALED) + 1 : _HEAD_BYTES]


def seal(cipher: AESGCM, key_id: bytes, topic: str, record_key: bytes, value: bytes, *, deflate: bool) -> bytes:
    """`deflate`: where it makes the value smaller; ciphertext is packed by nobody after."""
    packed = zlib.compress(value, _LEVEL) if deflate else value
    smaller = len(packed) < len(value)
    head = SEALED + bytes([_DEFLATED if smaller else 0]) + key_id
    nonce = os.urandom(_NONCE_BYTES)
    sealed = cipher.encrypt(nonce, packed if smaller else value, _bound_to(head, topic, record_key))
    return head + nonce + sealed


def open_value(cipher: AESGCM, topic: str, record_key: bytes, value: bytes) -> bytes:
    """
    Raises:
        Undecodable: it was changed, cut off, or sealed for another topic or another call.
    """
    head, nonce = value[:_HEAD_BYTES], value[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
    try:
        packed = cipher.decrypt(nonce, value[_HEAD_BYTES + _NONCE_BYTES :], _bound_to(head, topic, record_key))
    except (InvalidTag, ValueError) as error:
        text = "The sealed record was changed, or moved from another topic or call."
        raise Undecodable(text, reason="seal_broken") from error
    return _inflated(packed) if head[len(SEALED)] & _DEFLATED else packed


def _bound_to(head: bytes, topic: str, record_key: bytes) -> bytes:
    return b"".join((head, topic.encode(), b"\0", record_key))


def _inflated(packed: bytes) -> bytes:
    """Bounded: what a decoder refuses by its size need not be unpacked to its end."""
    inflater = zlib.decompressobj()
    try:
        return inflater.decompress(packed, LARGEST_READ + 1)
    except zlib.error as error:
        raise Undecodable("The sealed record cannot be unpacked.", reason="seal_broken") from error
