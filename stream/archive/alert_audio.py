"""The sound of an alert: what it rests on as it fires, and the whole of it when it is over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tonewatch.stream.archive.clip_rows import Stretch, absent, kept_row
from tonewatch.stream.archive.clip_store import ClipStore
from tonewatch.stream.archive.clips import AudioRow, Clip
from tonewatch.stream.archive.context_audio import (
    WideSpans,
    agent_id,
    agent_of,
    bounds_ms,
    context_id,
    context_of,
    is_over,
)
from tonewatch.stream.archive.evidence_audio import ALERT_BYTES, ALERT_RECORDS, clip_of
from tonewatch.stream.archive.reader import AudioGone, Budget
from tonewatch.stream.archive.store import Archive
from tonewatch.stream.messages import Alert, Evidence
from tonewatch.stream.service.metrics import Metrics

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlertAudio:
    """`agent`: the agent's voice is kept beside the caller's."""

    spans: WideSpans
    archive: Archive
    clips: ClipStore
    metrics: Metrics
    agent: bool = False

    async def rows(self, alert: Alert) -> list[AudioRow]:
        """Rows for the audio for which no row was written for an earlier state or alert.

        Raises:
            StoreError: the database or the sound's place does not answer.
            BrokerError, KafkaError: Kafka does not answer; trying again may help.
        """
        # Before Kafka is asked: audio of an alert's later states was cut when it fired, and may have expired since.
        whole = [context_id(alert.alert_id), agent_id(alert.alert_id)]
        ids = [*(item.segment_id for item in alert.evidence), *whole]
        known = await asyncio.to_thread(self.archive.audio_known, alert.call_id, ids)
        if known is None:
            return []
        rows = []
        budget = Budget(ALERT_BYTES, ALERT_RECORDS)
        for item in alert.evidence:
            if item.segment_id not in known:
                self.metrics.health.beat()
                with self.metrics.stage_seconds.labels(stage="archive_audio").time():
                    rows.append(await self._evidence(alert.call_id, item, budget))
        if is_over(alert):
            rows += await self._whole(alert, known)
        if lost := [row.reason for row in rows if row.status != "kept"]:
            log.info("Audio of an alert was not kept", extra={"segments": len(lost), "reasons": sorted(set(lost))})
        return rows

    async def _evidence(self, call_id: str, item: Evidence, budget: Budget) -> AudioRow:
        stretch = Stretch(item.segment_id, call_id, item.start_ms, item.end_ms)
        return await self._row(stretch, lambda: clip_of(self.spans, call_id, item, budget))

    async def _whole(self, alert: Alert, known: frozenset[str]) -> list[AudioRow]:
        """With a budget of its own: for want of it no evidence is left out."""
        rows = []
        bounds = bounds_ms(alert)
        if (name := context_id(alert.alert_id)) not in known:
            budget = Budget(ALERT_BYTES, ALERT_RECORDS)
            stretch = Stretch(name, alert.call_id, *bounds)
            rows.append(await self._row(stretch, lambda: context_of(self.spans, alert, budget)))
        if self.agent and (name := agent_id(alert.alert_id)) not in known:
            stretch = Stretch(name, alert.call_id, *bounds, role="agent")
            rows.append(await self._row(stretch, lambda: agent_of(self.spans, alert)))
        return rows

    async def _row(self, stretch: Stretch, read: Callable[[], Awaitable[Clip]]) -> AudioRow:
        try:
            clip = await read()
        except AudioGone as gone:
            return absent(stretch, gone)
        return await asyncio.to_thread(kept_row, self.clips, stretch, clip)
