"""May what was refused lie among the dead letters? Where somebody said that the caller was told, and nobody that not.

It is asked of records that may be no message at all: what cannot be read says nothing, and then the call has to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

_NAME: Final = b"notice_given"

_TRUE: Final = b"\xc3"
"""In msgpack."""


def said_notice(value: bytes | None) -> bool | None:
    """What the record says for itself; null where it says nothing. Whatever is not plainly true is a no.

    It is looked for in the bytes: a record that is cut short, or wrong elsewhere, says it all the same, and one that
    says it twice must say it twice.
    """
    _, *after = (value or b"").split(_NAME)
    return all(rest.startswith(_TRUE) for rest in after) if after else None


def _named(value: bytes | None) -> bytes:
    """The call that the record names, as a key of Kafka; empty where that cannot be read."""
    try:
        found = msgspec.msgpack.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError, ValueError):
        return b""
    call_id = found.get("call_id", found.get(b"call_id")) if isinstance(found, dict) else None
    if isinstance(call_id, str):
        return call_id.encode(errors="replace")
    return call_id if isinstance(call_id, bytes) else b""


def may_be_kept(value: bytes | None, key: bytes | None, of_call: Callable[[bytes | None], bool | None]) -> bool:
    """`of_call`: what is known of a call by its id; null where nobody follows or followed it. A record is of the call
    that it names and of the one that is its key, should they differ."""
    told = (said_notice(value), of_call(key), of_call(_named(value)))
    return True in told and False not in told


@dataclass(frozen=True)
class NoticePolicy:
    """Whose calls may be analysed, beside that their caller was told: those of `teams`; null: everybody's.

    A call that names no team is of none of them.
    """

    teams: frozenset[str] | None = None

    @classmethod
    def of(cls, setting: str) -> NoticePolicy:
        """From names with commas between; '' is everybody's."""
        names = frozenset(name.strip() for name in setting.split(",") if name.strip())
        return cls(names if setting.strip() else None)

    @property
    def allows_all(self) -> bool:
        return self.teams is None

    def allows(self, team: str) -> bool:
        return self.teams is None or team in self.teams
