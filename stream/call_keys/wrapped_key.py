"""A key of a call as `tonewatch.keys.v1` holds it. Who may write there can write any: what does not unwrap is none."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

from tonewatch.stream.call_keys.master_keys import MasterKeys
from tonewatch.stream.errors import Undecodable
from tonewatch.stream.messages import CallKey

NEVER_OLD = sys.maxsize
"""In the place of Kafka's time of a record: it is not pruned."""


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """`written_at_ms` is Kafka's time of the record, UTC. `before`: one that unwraps, over which this one was laid."""

    master: str
    wrapped: bytes
    made_at_ms: int
    written_at_ms: int
    before: WrappedKey | None = None

    @classmethod
    def of(cls, made: CallKey, written_at_ms: int) -> WrappedKey:
        # Whoever says that a key is made later than it was written would have it used for longer than it is kept.
        made_at_ms = min(made.made_at_ms, written_at_ms)
        return cls(sys.intern(made.master_id), made.wrapped, made_at_ms, written_at_ms)

    def over(self, former: WrappedKey, masters: MasterKeys | None, call: bytes, key_id: bytes) -> WrappedKey:
        """This one, and the newest version that was there before and unwraps, or else may yet: one under a master key
        that is not held. Without master keys nobody can say. It is kept as long as the newest written of them."""
        younger = replace(self, written_at_ms=max(self.written_at_ms, former.written_at_ms))
        if masters is None:
            return younger
        good = next((one for one in former.versions() if one.is_genuine(masters, call, key_id)), None)
        if good is None and not self.is_genuine(masters, call, key_id):
            good = next((one for one in former.versions() if not masters.holds(one.master)), None)
        return younger if good is None else replace(younger, before=replace(good, before=None))

    def versions(self) -> Iterator[WrappedKey]:
        """The newest first."""
        yield self
        if self.before is not None:
            yield self.before

    def is_genuine(self, masters: MasterKeys, call: bytes, key_id: bytes) -> bool:
        """Does this version unwrap under a master key that is held?"""
        return self._plain(masters, call, key_id) is not None

    def plain(self, masters: MasterKeys, call: bytes, key_id: bytes) -> bytes | None:
        """Of the newest version that unwraps under a master key that is held; null: of none."""
        found = (one._plain(masters, call, key_id) for one in self.versions())
        return next((one for one in found if one is not None), None)

    def unheld(self, masters: MasterKeys) -> str | None:
        """A master key that a version names and that is not held."""
        return next((one.master for one in self.versions() if not masters.holds(one.master)), None)

    def _plain(self, masters: MasterKeys, call: bytes, key_id: bytes) -> bytes | None:
        if not masters.holds(self.master):
            return None
        try:
            return masters.unwrap(self.master, self.wrapped, call, key_id)
        except Undecodable:
            return None
