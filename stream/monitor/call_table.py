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

log = logging.getLogger(__name__)


class CallTable(faust.Table):  # type: ignore[type-arg]
    """A table of entries `{"seen": {topic: offset}, ...}`: how far its inputs were read when an entry was written."""

    async def keep(self, key: str, entry: dict[str, Any]) -> None:
        """Set `key`, and wait until the changelog has it. Only one at a time for a key."""
        self[key] = entry
        # A change of the table is sent by faust when `self[key]` is set, through `send_changelog` below.
        await self._sent[key]
        del self._sent[key]

    def __post_init__(self) -> None:
        super().__post_init__()
        self._sent: dict[str, Any] = {}

    def send_changelog(self, partition: int | None, key: Any, value: Any, *codecs: Any, **more: Any) -> Any:  # noqa: ANN401
        """Remember the delivery of a change, for `keep`."""
        sent = super().send_changelog(partition, key, value, *codecs, **more)
        self._sent[key] = sent
        return sent

    def apply_changelog_batch(self, batch: Iterable[Any]) -> None:
        """Entries that lie behind what is known leave it as it is, and so does what is none, whoever wrote it: a
        monitor that ended by it would end at every start."""
        for event in batch:
            if not isinstance(event.key, str) or not (event.value is None or is_entry(event.value)):
                log.warning("A record of the monitor's changelog is no entry and is passed over")
                continue
            known = self.data.get(event.key)
            if known is None or event.value is None or not is_behind(event.value, known):
                super().apply_changelog_batch([event])


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
