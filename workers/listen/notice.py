"""May what was refused lie among the dead letters? Where somebody said that the caller was told, and nobody that not.

It is asked of records that may be no message at all: what cannot be read says nothing, and then the call has to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import msgspec


class _Said(msgspec.Struct):
    """Of a record, whatever else of it is wrong."""

    notice_given: bool | None = None
    call_id: str = ""


_said = msgspec.msgpack.Decoder(_Said)


def said_notice(value: bytes | None) -> bool | None:
    """What the record says for itself; null where it says nothing or cannot be read."""
    return _read(value).notice_given


def _read(value: bytes | None) -> _Said:
    try:
        return _said.decode(value or b"")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _Said()


def may_be_kept(value: bytes | None, key: bytes | None, of_call: Callable[[bytes | None], bool | None]) -> bool:
    """`of_call`: what is known of a call by its id; null where nobody follows or followed it. A record is of the call
    that it names and of the one that is its key, should they differ."""
    said = _read(value)
    told = (said.notice_given, of_call(key), of_call(said.call_id.encode(errors="replace")))
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
