"""May what was refused lie among the dead letters? Where somebody said that the caller was told, and nobody that not.

It is asked of records that may be no message at all: what cannot be read says nothing, and then the call has to.
"""

from __future__ import annotations

import msgspec


class _Said(msgspec.Struct):
    """Of a record, whatever else of it is wrong."""

    notice_given: bool | None = None


_said = msgspec.msgpack.Decoder(_Said)


def said_notice(value: bytes | None) -> bool | None:
    """What the record says for itself; null where it says nothing or cannot be read."""
    try:
        return _said.decode(value or b"").notice_given
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def may_be_kept(value: bytes | None, of_call: bool | None) -> bool:
    """`of_call`: what is known of the record's call; null where nobody follows or followed it."""
    told = (said_notice(value), of_call)
    return True in told and False not in told
