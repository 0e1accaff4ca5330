"""The monitor's table: a faust table whose entries are in Kafka before work goes on, and never go back in time.

Faust sends a table's changes in the background and commits what it read without knowing that they arrived; a worker
killed in between would forget a segment that nobody reads again. And a worker that was stopped for so long that its
partitions went to another can still write what it had in its hands: an entry older than the one that is there already.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import Any

import faust
import msgspec

from tonewatch.stream.withdrawn import Withdrawn

log = logging.getLogger(__name__)

UNKNOWN = "unknown"
"""In an entry of the changelog: of a call that was withdrawn, and of which nothing else was ever known here."""


class CallTable(faust.Table):  # type: ignore[type-arg]
    """A table of entries `{"seen": {topic: offset}, ...}`: how far its inputs were read when an entry was written.

    `withdrawn`: calls that were withdrawn, and of which nothing else is known; they have no entry. Anybody who may
    write to the calls topic can withdraw calls that never were: those are bounded apart, and push out none that is
    known, for a known call that is withdrawn has its entry.
    """

    async def keep_withdrawn(self, key: str, entry: dict[str, Any]) -> None:
        """As `keep`, of a call that was not known: the changelog has the entry, memory a hash of the call's id."""
        self.withdrawn.add(key)
        await self.keep(key, {**entry, UNKNOWN: True})
        self.data.pop(key, None)

    async def keep(self, key: str, entry: dict[str, Any]) -> None:
        """Set `key`, and wait until the changelog has it. Only one at a time for a key."""
        self[key] = entry
        # A change of the table is sent by faust when `self[key]` is set, through `send_changelog` below.
        await self._sent[key]
        del self._sent[key]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sent: dict[str, Any] = {}
        self.withdrawn = Withdrawn()

    def send_changelog(self, partition: int | None, key: Any, value: Any, *codecs: Any, **more: Any) -> Any:  # noqa: ANN401
        """Remember the delivery of a change, for `keep`."""
        sent = super().send_changelog(partition, key, value, *codecs, **more)
        self._sent[key] = sent
        return sent

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Entries that lie behind what is known leave it as it is; a call that was withdrawn stays so.

        What is no entry is passed over, whoever wrote it: a monitor that ended by it would end at every start.
        """
        for event in batch:
            if not isinstance(event.key, str) or not (event.value is None or is_entry(event.value)):
                log.warning("A record of the monitor's changelog is no entry and is passed over")
                continue
            known = self.data.get(event.key)
            if event.value is not None and self._is_over(event.key, event.value, known):
                continue
            if event.value is not None and event.value.get(UNKNOWN) is True:
                self.data.pop(event.key, None)
                self.withdrawn.add(event.key)
            else:
                super().apply_changelog_batch([event])

    def _is_over(self, key: str, entry: dict[str, Any], known: dict[str, Any] | None) -> bool:
        """Was it written by a monitor that had been stopped meanwhile?"""
        if known is not None:
            return is_behind(entry, known)
        state = entry.get("state")
        return key in self.withdrawn and not (isinstance(state, dict) and state.get("withdrawn") is True)


class _Entry(msgspec.Struct):
    """What is counted on before a call's memory is looked at; that is checked where it is used."""

    seen: dict[str, int] = {}
    touched_s: int | float = 0


def is_entry(value: object) -> bool:
    """Can it be restored?"""
    try:
        msgspec.convert(value, _Entry)
    except msgspec.ValidationError:
        return False
    return isinstance(value, dict)


def is_behind(entry: dict[str, Any], known: dict[str, Any]) -> bool:
    """Had `entry` seen less than `known`? Of two that each saw more of one topic, the later written one counts."""
    seen, before = entry.get("seen", {}), known.get("seen", {})
    topics = seen.keys() | before.keys()
    # Behind: less of at least one input, and more of none. An entry that is ahead in one and behind in another comes
    # of two workers that both judged; neither holds all, and the order of the changelog decides.
    further = [seen.get(topic, -1) - before.get(topic, -1) for topic in topics]
    return bool(further) and min(further) < 0 and max(further) <= 0
