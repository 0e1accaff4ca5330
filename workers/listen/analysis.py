"""A closed segment as its event: times for the agent, everything measurable for the caller."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiokafka import TopicPartition

from tonewatch.stream.messages import EMOTIONS, AudioSpan, ModelRef, Posterior, Segment
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.model.relative_head import packed
from tonewatch.workers import prosody
from tonewatch.workers.audio import quality
from tonewatch.workers.audio.codecs import Samples, resample
from tonewatch.workers.audio.mel import RATE_HZ
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S, Encoder, EncoderOutput
from tonewatch.workers.listen.call import Spoken

MIXED = "mixed_channel"
"""Why a mono recording of both parties is not judged: the agent's voice cannot be kept out of it."""

UNSURE = "unsure"
"""Why a segment is not judged whose best answer is most likely wrong: music, a signal, a strange sound."""

FAILED = "analysis_failed"
"""Why a segment is not judged whose audio made a measurement or the encoder fail; the log has the error."""

log = logging.getLogger(__name__)


class Analysis:
    """Prosody, quality and posterior of one segment; of the agent's never more than its times.

    `analyse_mixed`: mono recordings of both parties are analysed, for which a written reason stands in the settings.
    """

    def __init__(self, encoder: Encoder, metrics: Metrics, *, analyse_mixed: bool = False) -> None:
        self._encoder = encoder
        self._metrics = metrics
        self._analyse_mixed = analyse_mixed
        self._model = ModelRef(name=encoder.name, version=encoder.version, provider=encoder.provider)

    def segment(self, spoken: Spoken, partition: TopicPartition) -> tuple[Segment, Samples | None]:
        """The event, and the samples at 16 kHz of a segment whose words may be of use (never the agent's).

        Audio on which a measurement or the encoder fails is no reason to stop a partition: its segment abstains.
        """
        if spoken.role == "agent":
            return self._event(spoken, partition), None
        try:
            return self._measured(spoken, partition)
        except (ArithmeticError, LookupError, RuntimeError, ValueError):
            log.exception("The analysis of a segment failed", extra={"segment_id": spoken.segment_id})
            return self._event(spoken, partition, abstained=FAILED), None

    def _measured(self, spoken: Spoken, partition: TopicPartition) -> tuple[Segment, Samples]:
        heard = spoken.segment
        with self._timed("prosody"):
            measured = prosody.measure(heard.samples, heard.rate_hz, heard.speech)
            assessed = quality.assess(heard, spoken.other_turns)
        samples_16k = resample(heard.samples, heard.rate_hz, RATE_HZ)
        abstained: str | None = quality.abstain_reason(assessed, measured)
        if spoken.role == "mixed" and not self._analyse_mixed:
            abstained = MIXED
        hearing = None if abstained else self._hearing(samples_16k)
        if hearing is None and abstained is None:
            abstained = "too_short"
        if hearing is not None and hearing.abstains:
            abstained = UNSURE
        event = self._event(
            spoken,
            partition,
            prosody=None if abstained == MIXED else measured,
            quality=assessed,
            abstained=abstained,
            **(self._heard(hearing) if hearing is not None else {}),
        )
        return event, samples_16k

    def _hearing(self, samples_16k: Samples) -> EncoderOutput | None:
        if len(samples_16k) < SHORTEST_S * RATE_HZ:
            return None
        with self._timed("encoder"):
            (hearing,) = self._encoder.hear([samples_16k[: int(LONGEST_S * RATE_HZ)]])
        return hearing

    def _heard(self, hearing: EncoderOutput) -> dict[str, object]:
        """An answer too doubtful to rely on is not written; the doubt is."""
        uncertainty = {"uncertainty": round(hearing.uncertainty, 4), "model": self._model}
        if hearing.abstains:
            return uncertainty
        shares = zip(EMOTIONS, hearing.posterior, strict=True)
        return uncertainty | {
            "posterior": Posterior(**{name: round(share, 4) for name, share in shares}),
            "degraded": None if hearing.degraded is None else round(hearing.degraded, 4),
            "embedding": packed(hearing.embedding),
            "space": self._encoder.card.space,
        }

    def _event(self, spoken: Spoken, partition: TopicPartition, **measured: object) -> Segment:
        heard = spoken.segment
        fields: dict[str, object] = {
            "call_id": spoken.call_id,
            "segment_id": spoken.segment_id,
            "channel": spoken.channel,
            "role": spoken.role,
            "start_ms": heard.start_ms,
            "end_ms": heard.end_ms,
            "closed_by": heard.closed_by,
            "audio": AudioSpan(
                topic=partition.topic,
                partition=partition.partition,
                first_offset=heard.first_offset,
                last_offset=heard.last_offset,
            ),
            "spoken_at_ms": heard.spoken_at_ms,
            **measured,
        }
        return Segment(**fields)  # type: ignore[arg-type]

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self._metrics.stage_seconds.labels(stage=stage).observe(time.perf_counter() - began)
