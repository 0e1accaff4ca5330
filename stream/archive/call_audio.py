"""The sound of a sampled call that is over, from Kafka into files; what is cut stands in `whole_call.py`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from tonewatch.stream.archive.clip_rows import Stretch, absent, kept_row
from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.archive.clips import AudioRow
from tonewatch.stream.archive.context_audio import WideSpans
from tonewatch.stream.archive.reader import AudioGone
from tonewatch.stream.archive.store import Archive
from tonewatch.stream.archive.whole_call import MARGIN_MS, Minute, Minutes, whereabouts, whole_id, windows
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.messages import CallClosed, Role
from tonewatch.stream.service.metrics import Metrics

log = logging.getLogger(__name__)

MOST_RECORDS = 10_000_000
"""Of the calls topic that are read for one call: an hour among 275 others in its partition."""


@dataclass(frozen=True)
class CallAudio:
    """`agent`: the agent's voice is kept beside the caller's."""

    spans: WideSpans
    archive: Archive
    clips: ClipStore
    metrics: Metrics
    agent: bool = False

    async def rows(self, closed: CallClosed) -> list[AudioRow]:
        """Of a sampled call for which no such row was written; none of one in which nobody spoke.

        Raises:
            StoreError: the database or the sound's place does not answer.
            BrokerError, KafkaError: Kafka does not answer; trying again may help.
        """
        if not await asyncio.to_thread(self.archive.lacks_whole, closed.call_id):
            return []
        try:
            return await self._read(closed.call_id)
        except AudioGone as gone:
            log.info("The sound of a sampled call was not kept", extra={"reason": gone.reason})
            return [absent(Stretch(whole_id(closed.call_id), closed.call_id, 0, closed.duration_ms), gone)]

    async def _read(self, call_id: str) -> list[AudioRow]:
        bodies = await asyncio.to_thread(self.archive.heard, call_id)
        where = whereabouts(decode_segment(body.encode()) for body in bodies)
        if where is None:
            return []
        span = await self.spans.around(where.first, where.last, MARGIN_MS, MOST_RECORDS)
        minutes = Minutes(where, self._roles)
        rows: list[AudioRow] = []
        for window in windows(span):
            self.metrics.health.beat()
            with self.metrics.stage_seconds.labels(stage="archive_audio").time():
                found = await self.spans.of_call(window, call_id)
            rows += await self._write(call_id, minutes.add(found))
        rows += await self._write(call_id, minutes.finish())
        if not rows:
            raise AudioGone("not_found")
        return rows

    @property
    def _roles(self) -> frozenset[Role]:
        return frozenset({"customer", "agent", "mixed"}) if self.agent else frozenset({"customer"})

    async def _write(self, call_id: str, minutes: list[Minute]) -> list[AudioRow]:
        return [await asyncio.to_thread(kept_row, self.clips, _stretch(call_id, one), one.clip) for one in minutes]


def _stretch(call_id: str, one: Minute) -> Stretch:
    role = "" if one.role == "customer" else one.role
    return Stretch(f"{whole_id(call_id)}/{one.channel}/{one.start_ms}", call_id, one.start_ms, one.end_ms, role)
