"""What was measured, collected over a batch of records and written in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

from tonewatch.stream.archive.measured import MeasuredRow, measured_row
from tonewatch.stream.archive.store import Archive
from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import SegmentMessage, ToneMessage


@dataclass
class Measuring:
    """`keeps`: whether anything is wanted of a call, by its id."""

    archive: Archive
    keeps: Callable[[str], bool]
    _waiting: dict[tuple[str, int, int], tuple[ConsumerRecord, MeasuredRow]] = field(default_factory=dict)

    @property
    def waits(self) -> bool:
        """Is there anything to write?"""
        return bool(self._waiting)

    def take(self, record: ConsumerRecord, message: SegmentMessage | ToneMessage) -> None:
        """Remember the row of one record until `flush`; a record that is taken twice counts once."""
        row = measured_row(message, record.value.decode(), record.offset) if self.keeps(message.call_id) else None
        if row is not None:
            self._waiting[record.topic, record.partition, record.offset] = record, row

    async def flush(self) -> list[tuple[ConsumerRecord, Unprocessable]]:
        """Write what waits; the records that the database does not take, which are given up.

        Raises:
            StoreError: the database is away. What waits is still there.
        """
        waiting = list(self._waiting.values())
        refused = await asyncio.to_thread(self._write, waiting) if waiting else []
        self._waiting.clear()
        return refused

    def _write(self, waiting: list[tuple[ConsumerRecord, MeasuredRow]]) -> list[tuple[ConsumerRecord, Unprocessable]]:
        at_ms = min(record.timestamp for record, _row in waiting)
        try:
            self.archive.write_measured([row for _record, row in waiting], at_ms)
            return []
        except Unprocessable as error:
            if len(waiting) == 1:
                return [(waiting[0][0], error)]
        # One value spoils the transaction of all: each half by itself finds it.
        half = len(waiting) // 2
        return self._write(waiting[:half]) + self._write(waiting[half:])
