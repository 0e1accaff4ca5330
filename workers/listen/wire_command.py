"""`tonewatch bench wire`: every demo call with an alert, broken off in every way, and whether it is still heard."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from aiokafka import TopicPartition
from rich.console import Console

from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.doors.replay import plan, replay
from tonewatch.stream.messages import Alert, CallMessage, Segment, SegmentMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step
from tonewatch.stream.topics import CALLS
from tonewatch.workers.encoder import Encoder, default_encoder_path, relative_head_path
from tonewatch.workers.listen.analysis import Analysis
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.discontinuities import DISCONTINUITIES, dated
from tonewatch.workers.listen.followed_call import FollowedCall

BREAK_MS: Final = 24_000
TOLERANCE_MS: Final = 1_000
"""An alert may be dated this much earlier or later than where the call plays undisturbed."""

_PARTITION = TopicPartition(CALLS.name, 0)
_out = Console(stderr=True, highlight=False, soft_wrap=True)


class WireOutcome(msgspec.Struct, kw_only=True, frozen=True):
    """One call, broken off in one way. Alerts are cause and onset in media time."""

    call: str
    discontinuity: str
    alerts: tuple[tuple[str, int], ...]
    expected: tuple[tuple[str, int], ...]
    segments: int
    segments_expected: int
    refused: dict[str, int]
    epochs: int

    @property
    def same(self) -> bool:
        """The same causes in the same order, each within the tolerance."""
        return [cause for cause, _ in self.alerts] == [cause for cause, _ in self.expected] and all(
            abs(found - wanted) <= TOLERANCE_MS
            for (_, found), (_, wanted) in zip(self.alerts, self.expected, strict=True)
        )


class WireBench:
    """The listener's and the monitor's cores with the shipped encoder; what was analysed once is not analysed again."""

    def __init__(self, encoder: Path | None = None) -> None:
        path = encoder or default_encoder_path()
        self._analysis = Analysis(Encoder(path, threads=2), Metrics())
        self._config = ToneConfig(relative=load_head(relative_head_path(path)))
        self._analysed: dict[bytes, Segment] = {}

    def run(self, call: Path, names: Sequence[str]) -> Iterator[WireOutcome]:
        """Each of the ways by name, against the same call undisturbed."""
        records = read_call(call)
        expected, whole = self._alerts(FollowedCall(call.stem), records)
        for name in names:
            followed = FollowedCall(call.stem)
            alerts, segments = self._alerts(followed, DISCONTINUITIES[name](records, BREAK_MS))
            yield WireOutcome(
                call=call.stem,
                discontinuity=name,
                alerts=alerts,
                expected=expected,
                segments=len(segments),
                segments_expected=len(whole),
                refused=dict(Counter(followed.refused)),
                epochs=max((one.epoch for one in segments), default=0),
            )

    def _alerts(
        self, followed: FollowedCall, records: Sequence[CallMessage]
    ) -> tuple[tuple[tuple[str, int], ...], list[Segment]]:
        messages = [self._message(one) for one in followed.follow(records)]
        return self.judge(messages), [one for one in messages if isinstance(one, Segment)]

    def judge(self, messages: Sequence[SegmentMessage]) -> tuple[tuple[str, int], ...]:
        """Cause and onset of each alert that was opened, in the order of their onsets."""
        memory, opened = CallMemory(), dict[str, tuple[str, int]]()
        for message in messages:
            for output in step(memory, message, self._config):
                if isinstance(output, Alert) and output.state == "firing":
                    opened.setdefault(output.alert_id, (output.cause, output.onset_ms))
        return tuple(sorted(opened.values(), key=lambda one: one[1]))

    def _message(self, work: ClosedSegment | SegmentMessage) -> SegmentMessage:
        if not isinstance(work, ClosedSegment):
            return work
        audio = work.segment
        # All that the analysis of a segment depends on, but for its times.
        turns = repr([(a - audio.start_ms, b - audio.start_ms) for a, b in work.other_turns])
        key = hashlib.sha256(audio.samples.tobytes() + audio.speech.tobytes() + turns.encode() + work.role.encode())
        known = self._analysed.get(key.digest())
        if known is None:
            known = self._analysed[key.digest()] = self._analysis.segment(work, _PARTITION)[0]
        return msgspec.structs.replace(
            known,
            segment_id=work.segment_id,
            call_id=work.call_id,
            channel=work.channel,
            start_ms=audio.start_ms,
            end_ms=audio.end_ms,
            closed_by=audio.closed_by,
            epoch=audio.epoch,
        )


def read_call(path: Path) -> list[CallMessage]:
    """The records of a recorded call, with the wall clock of one in real time."""
    sent: list[CallMessage] = []

    async def keep(message: CallMessage) -> None:
        sent.append(message)

    asyncio.run(replay(plan(path, roles=None, about=None, notice_given=True, suffix="wire"), keep, speed=0))
    return dated(sent)


def wire(
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the outcomes to this file.")] = None,
    only: Annotated[str | None, typer.Option(help="One way alone, by its name.")] = None,
) -> None:
    """Break every demo call with an alert off in every way, in virtual time: are the same alerts raised?"""
    found = find_calls(default_folder())
    calls = [default_folder() / truth.file for truth in found.truths if truth.expected_alert]
    bench, outcomes = WireBench(), list[WireOutcome]()
    for call in calls:
        for outcome in bench.run(call, [only] if only else list(DISCONTINUITIES)):
            outcomes.append(outcome)
            if not outcome.same:
                _out.print(f"[red]{outcome.call}, {outcome.discontinuity}: {outcome.alerts}, not {outcome.expected}")
    _out.print(f"{sum(one.same for one in outcomes)} of {len(outcomes)} as undisturbed")
    if json_file is not None:
        json_file.write_bytes(msgspec.json.format(msgspec.json.encode(outcomes), indent=1) + b"\n")
    raise typer.Exit(0 if all(one.same for one in outcomes) else 1)
