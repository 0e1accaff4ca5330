"""Cuts one channel into speech segments, the same ones wherever listening began.

A segment opens at speech and closes after a pause, at a gap, at the end of the call, or at its greatest length, where
it is cut at its quietest frame and the rest begins the next segment. A segmenter that begins in the middle of a call
stays silent until it has seen proof of its position (`CallPosition`). `oldest_open_offset` reaches back far enough for
a restart to see the same proof; segments that come out again then have the ids they had before.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

from tonewatch.stream.errors import Unprocessable
from tonewatch.stream.messages import ClosedBy
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.audio.cutter import Cut, Cutter, SegmenterSettings
from tonewatch.workers.audio.held_audio import HeldAudio
from tonewatch.workers.audio.voice_activity import FRAME_MS, Frames, Mask, VoiceActivity

__all__ = ["Segmenter", "SegmenterSettings", "SpeechSegment"]


@dataclass(frozen=True, slots=True)
class SpeechSegment:
    """`samples` run from `start_ms` at the channel's rate; `speech` is one flag per FRAME_MS of them.

    `end_ms` is the end of the last speech frame; `spoken_at_ms` the wall clock then (0 when the chunks carry none).
    `shift_ms`: the media time of its first chunk less that chunk's own `start_ms`. `missing`: ranges of `samples` up to
    its last speech, [first, end), that were never received and are silence.
    """

    samples: Samples
    rate_hz: int
    start_ms: int
    end_ms: int
    speech: Mask
    closed_by: ClosedBy
    first_offset: int
    last_offset: int
    missing_ms: int
    spoken_at_ms: int
    epoch: int = 0
    shift_ms: int = 0
    missing: tuple[tuple[int, int], ...] = ()

    @property
    def speech_ms(self) -> int:
        return int(self.speech.sum()) * FRAME_MS


@dataclass(frozen=True, slots=True)
class _Run:
    """What is held of audio without a long gap: from its first sample on, nothing before it matters or is known."""

    held: HeldAudio
    activity: VoiceActivity
    cutter: Cutter


class Segmenter:
    """One epoch of a call's channel. `discarded` counts bursts with too little speech."""

    def __init__(self, rate_hz: int, settings: SegmenterSettings | None = None, *, epoch: int = 0) -> None:
        self._rate_hz = rate_hz
        self._epoch = epoch
        self._settings = settings or SegmenterSettings()
        self._frame = rate_hz * FRAME_MS // 1000
        self._run: _Run | None = None
        self.discarded = 0

    def push(
        self,
        samples: Samples,
        start_ms: int,
        offset: int,
        captured_at_ms: int = 0,
        *,
        missing_ms: int = 0,
        begins: bool | None = None,
        sent_ms: int | None = None,
    ) -> list[SpeechSegment]:
        """Segments that this audio closed. Audio must come in order, as an intake gives it.

        `missing_ms`: nothing was received; `samples` is silence in its place, or empty for a gap that ends the segment.
        `begins`: nothing came before it in the call (default: `start_ms` is 0). `sent_ms`: its sender's time, where it
        is another.
        Raises Unprocessable (`disorder`) when it does not continue what came before.
        """
        first = start_ms * self._rate_hz // 1000
        if missing_ms and not len(samples):
            return self._break(first + missing_ms * self._rate_hz // 1000, offset)
        run = self._continued(first, start_ms, begins=start_ms == 0 if begins is None else begins)
        # Held before it is judged: a frame that closes a segment may lie in these samples.
        run.held.append(samples, offset, captured_at_ms, missing=missing_ms > 0, sent_ms=sent_ms)
        segments = self._cut(run, run.activity.push(samples))
        self._forget(run)
        return segments

    def flush(self, closed_by: ClosedBy = "call_end") -> list[SpeechSegment]:
        """Closes what is open and forgets everything, at the end of a call or of a channel that went silent.

        Audio may come again: behind a long gap, which the intake makes explicit, it is judged from its first sample.
        """
        run, self._run = self._run, None
        if run is None:
            return []
        segments = self._cut(run, run.activity.flush())
        return segments + self._with_audio(run, run.cutter.flush(closed_by))

    def oldest_open_offset(self) -> int | None:
        """The first Kafka offset that a restart needs; None when nothing is held. Offsets below it can be committed."""
        return None if self._run is None else self._run.held.oldest_offset()

    def open_since_ms(self) -> int:
        """No segment that closes later can begin before this; the largest number before the first audio."""
        return sys.maxsize if self._run is None else self._run.cutter.open_since() * FRAME_MS

    @property
    def speaking_until_ms(self) -> int | None:
        """End of the newest speech in the segment that is open; None when none is."""
        turn = self.speaking_turn()
        return None if turn is None else turn[1]

    def speaking_turn(self) -> tuple[int, int] | None:
        """Start and, so far, end (ms) of the segment that is open; None when none is."""
        speaking = None if self._run is None else self._run.cutter.speaking()
        return None if speaking is None else (speaking[0] * FRAME_MS, speaking[1] * FRAME_MS)

    def _continued(self, first: int, start_ms: int, *, begins: bool) -> _Run:
        """The run that a sample goes on with, or a new one."""
        if self._run is None:
            self._run = self._begin(first, known=begins)
        elif abs(first - self._run.held.end) > self._frame:
            # Less than a frame is rounding of milliseconds to samples: the media clock is counted in samples.
            was = self._run.held.end * 1000 // self._rate_hz
            raise Unprocessable(f"audio at {start_ms} ms does not continue {was} ms", reason="disorder")
        return self._run

    def _begin(self, first: int, *, known: bool, gap_offset: int | None = None) -> _Run:
        """At a sample; `known`: nothing lies before it that could matter."""
        activity = VoiceActivity(self._rate_hz, first, self._settings.vad)
        return _Run(
            held=HeldAudio(self._rate_hz, first, gap_offset),
            activity=activity,
            cutter=Cutter(self._settings, activity.first_frame, known=known),
        )

    def _break(self, resume: int, offset: int) -> list[SpeechSegment]:
        """A long gap: a restart needs the chunk before it, to meet the gap and start afresh behind it."""
        # Without audio before it the gap proves nothing that a restart must meet again.
        gap_offset = None if self._run is None else offset
        segments = self.flush("gap")
        self._run = self._begin(resume, known=True, gap_offset=gap_offset)
        return segments

    def _cut(self, run: _Run, frames: Frames) -> list[SpeechSegment]:
        return self._with_audio(run, run.cutter.push(frames.speech, frames.level_db))

    def _with_audio(self, run: _Run, cuts: list[Cut]) -> list[SpeechSegment]:
        # Discarded here and not in the cutter: where the cuts lie must not depend on what is kept.
        kept = [cut for cut in cuts if cut.speech_ms >= self._settings.min_speech_ms]
        self.discarded += len(cuts) - len(kept)
        return [self._segment(run.held, cut) for cut in kept]

    def _segment(self, held: HeldAudio, cut: Cut) -> SpeechSegment:
        """Quiet frames at the end of the cut are given up, but for the tail."""
        end = cut.speech_end
        speech = cut.speech[: end - cut.start + self._settings.tail_ms // FRAME_MS]
        first = cut.start * self._frame
        source = held.source(first, end * self._frame)
        return SpeechSegment(
            samples=held.read(first, first + len(speech) * self._frame),
            rate_hz=self._rate_hz,
            start_ms=cut.start * FRAME_MS,
            end_ms=end * FRAME_MS,
            speech=speech,
            closed_by=cut.closed_by,
            first_offset=source.first_offset,
            last_offset=source.last_offset,
            missing_ms=sum(end - first for first, end in source.missing) * 1000 // self._rate_hz,
            spoken_at_ms=source.captured_at_ms,
            epoch=self._epoch,
            shift_ms=source.shift_ms,
            missing=source.missing,
        )

    def _forget(self, run: _Run) -> None:
        """Drops the audio that no segment can want, and the offsets that no restart needs."""
        run.held.drop_samples(run.cutter.open_since() * self._frame)
        needed_from = run.cutter.position.needed_from()
        if needed_from is not None:
            run.held.drop_offsets(needed_from * self._frame)
