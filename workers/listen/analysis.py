"""A closed segment as its event: times for the agent, everything measurable for the caller."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec
from aiokafka import TopicPartition

from tonewatch.stream.messages import AbstainedByListener, AudioSpan, ModelRef, Posterior, Quality, Segment
from tonewatch.stream.messages.posterior import EMOTIONS
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.posterior_drift import PosteriorDrift
from tonewatch.stream.service.traces import NO_SPAN, Span
from tonewatch.stream.tone.model.relative_head import packed
from tonewatch.workers import prosody
from tonewatch.workers.audio import quality
from tonewatch.workers.audio.codecs import Samples, resample
from tonewatch.workers.audio.echo import EchoMeasure
from tonewatch.workers.audio.mel import RATE_HZ
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S, Encoder, EncoderOutput
from tonewatch.workers.listen.call import ClosedSegment

MIXED: Final[AbstainedByListener] = "mixed_channel"
"""Abstention of a mono recording of both parties: the agent's voice cannot be kept out of it."""

UNSURE: Final[AbstainedByListener] = "unsure"
"""Abstention of a segment whose likeliest emotion is most likely wrong: an unknown sound that the gate let through."""

ECHO: Final[AbstainedByListener] = "echo"
"""Abstention of a segment that is mostly another channel's sound."""

FAILED: Final[AbstainedByListener] = "analysis_failed"
"""Abstention of a segment whose audio made a measurement or the encoder fail; the log has the error."""

log = logging.getLogger(__name__)


class Analysis:
    """Prosody, quality and posterior of one segment; of the agent's never more than its times.

    `analyse_mixed`: mono recordings of both parties are analysed, for which a written reason stands in the settings.
    """

    def __init__(
        self, encoder: Encoder, metrics: Metrics, *, analyse_mixed: bool = False, drift: PosteriorDrift | None = None
    ) -> None:
        self._encoder = encoder
        self._metrics = metrics
        self._drift = drift
        self._analyse_mixed = analyse_mixed
        self._model = ModelRef(name=encoder.name, version=encoder.version, provider=encoder.provider)

    def segment(
        self, closed: ClosedSegment, partition: TopicPartition, span: Span = NO_SPAN
    ) -> tuple[Segment, Samples | None]:
        """The event, and the samples at 16 kHz of a segment whose words may be of use (never the agent's).

        Audio on which a measurement or the encoder fails is no reason to stop a partition: its segment abstains.
        """
        # Before any measurement: of the agent's voice nothing but its times may ever exist.
        if closed.role == "agent":
            return self._agents(closed, partition), None
        try:
            return self._measured(closed, partition, span)
        except (ArithmeticError, LookupError, RuntimeError, ValueError):
            log.exception("The analysis of a segment failed", extra={"segment_id": closed.segment_id})
            return self._event(closed, partition, abstained=FAILED), None

    def _agents(self, closed: ClosedSegment, partition: TopicPartition) -> Segment:
        """Times; and where it is the caller's own sound, that it is: by energies alone."""
        if closed.echo is None or not closed.echo.is_echo:
            return self._event(closed, partition)
        return self._event(closed, partition, abstained=ECHO, quality=_with_echo(Quality(), closed.echo))

    def _measured(self, closed: ClosedSegment, partition: TopicPartition, span: Span) -> tuple[Segment, Samples | None]:
        audio = closed.segment
        with self._timed("prosody", span):
            measured = prosody.measure(audio.samples, audio.rate_hz, audio.speech)
            assessed = _with_echo(quality.assess(audio, closed.other_turns), closed.echo)
        # Prosody takes the line's own rate, the encoder the one that it was trained at.
        samples_16k = resample(audio.samples, audio.rate_hz, RATE_HZ)
        abstained: AbstainedByListener | None = quality.abstain_reason(assessed, measured)
        # The agent's voice, in whatever channel, goes to no encoder and to no speech-to-text.
        if closed.echo is not None and closed.echo.is_echo:
            return self._event(closed, partition, quality=assessed, abstained=ECHO), None
        # Over any other reason to abstain: the word must say that an analysis of both parties was not asked for.
        if closed.role == "mixed" and not self._analyse_mixed:
            abstained = MIXED
        output = None if abstained else self._encoded(audio, samples_16k, span)
        if output is None and abstained is None:
            abstained = "too_short"
        answered: dict[str, object] = {"abstained": abstained}
        if output is not None:
            answered = judged_fields(output, self._encoder.card.space, self._model)
            if answered["abstained"] is None:
                self._watch(output.posterior)
        event = self._event(
            closed, partition, prosody=None if abstained == MIXED else measured, quality=assessed, **answered
        )
        return event, samples_16k

    def _watch(self, posterior: Posterior) -> None:
        for emotion, share in zip(EMOTIONS, posterior.shares(), strict=True):
            self._metrics.posterior_share.labels(emotion=emotion).observe(share)
        if self._drift is not None:
            self._drift.see(posterior)

    def _encoded(self, audio: SpeechSegment, samples_16k: Samples, span: Span) -> EncoderOutput | None:
        if len(samples_16k) < SHORTEST_S * RATE_HZ:
            return None
        with self._timed("encoder", span):
            heard = samples_16k[: int(LONGEST_S * RATE_HZ)]
            (output,) = self._encoder.encode([heard], missing=[_at_16k(audio, len(heard))])
        return output

    def _event(self, closed: ClosedSegment, partition: TopicPartition, **measured: object) -> Segment:
        audio = closed.segment
        fields: dict[str, object] = {
            "call_id": closed.call_id,
            "segment_id": closed.segment_id,
            "channel": closed.channel,
            "role": closed.role,
            "start_ms": audio.start_ms,
            "end_ms": audio.end_ms,
            "closed_by": audio.closed_by,
            "audio": AudioSpan(
                topic=partition.topic,
                partition=partition.partition,
                first_offset=audio.first_offset,
                last_offset=audio.last_offset,
                shift_ms=audio.shift_ms,
            ),
            "spoken_at_ms": audio.spoken_at_ms,
            "epoch": audio.epoch,
            **measured,
        }
        return Segment(**fields)  # type: ignore[arg-type]

    @contextmanager
    def _timed(self, stage: str, span: Span) -> Iterator[None]:
        began = time.perf_counter()
        try:
            with span.child(stage):
                yield
        finally:
            self._metrics.stage_seconds.labels(stage=stage).observe(time.perf_counter() - began)


def judged_fields(output: EncoderOutput, space: str, model: ModelRef) -> dict[str, object]:
    """Fields of the event that the encoder answers. Of an output that abstains only the uncertainty is written."""
    known: dict[str, object] = {"uncertainty": round(output.uncertainty, 4), "model": model}
    if output.sound or output.abstains:
        return known | {"abstained": output.sound or UNSURE}
    posterior = msgspec.structs.asdict(output.posterior)
    return known | {
        "abstained": None,
        "posterior": Posterior(**{name: round(probability, 4) for name, probability in posterior.items()}),
        "degraded": None if output.degraded is None else round(output.degraded, 4),
        "embedding": packed(output.embedding),
        "space": space,
    }


def _with_echo(assessed: Quality, echo: EchoMeasure | None) -> Quality:
    if echo is None:
        return assessed
    return msgspec.structs.replace(assessed, echo_correlation=echo.correlation, echo_lag_ms=echo.lag_ms)


def _at_16k(audio: SpeechSegment, most: int) -> list[tuple[int, int]]:
    """What of a segment never came, in samples at the encoder's rate."""

    def at(sample: int) -> int:
        return min(sample * RATE_HZ // audio.rate_hz, most)

    return [(at(first), at(end)) for first, end in audio.missing]
