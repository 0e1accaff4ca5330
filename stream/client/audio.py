"""The audio that an alert rests on, read back from Kafka by the offsets of its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiokafka.errors import KafkaError

from tonewatch.stream.archive.clips import Clip, wav
from tonewatch.stream.archive.evidence_audio import ALERT_BYTES, ALERT_RECORDS, clip_of
from tonewatch.stream.archive.reader import AudioGone, Budget, SpanReader, make_span_consumer
from tonewatch.stream.client.events import settings_of
from tonewatch.stream.errors import BrokerError
from tonewatch.stream.kafka.clients import start, stop
from tonewatch.stream.kafka.refusals import not_allowed
from tonewatch.stream.messages import Alert, Evidence
from tonewatch.stream.settings import KafkaSettings


@dataclass(frozen=True)
class AlertAudio:
    """The audio of one piece of evidence. `clip` is None where there is none, and `reason` says why.

    The clip's bytes are those of the line, in its `codec` and at its `rate_hz`; what never came is silence.
    """

    evidence: Evidence
    clip: Clip | None = None
    reason: str = ""

    def wav(self) -> bytes:
        """A WAV file of it, as PCM, mu-law or A-law, whatever the line sent.

        Raises:
            ValueError: there is no audio.
        """
        if self.clip is None:
            raise ValueError(f"No audio of {self.evidence.segment_id}: {self.reason}.")
        return wav(self.clip)


class AudioClient:
    """Reads the audio of many alerts with one connection, an alert at a time; use it as an asynchronous context."""

    def __init__(self, kafka: KafkaSettings | str | None = None) -> None:
        self._settings = settings_of(kafka)
        self._consumer = make_span_consumer(self._settings)
        self._spans = SpanReader(self._consumer)

    async def __aenter__(self) -> Self:
        await start(self._consumer, self._settings)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await stop(self._consumer)

    async def read(self, alert: Alert) -> list[AlertAudio]:
        """One for each piece of evidence, in its order; of the caller's own channel only.

        Raises:
            BrokerError: Kafka does not answer. AccessRefused: it refuses us.
        """
        budget = Budget(ALERT_BYTES, ALERT_RECORDS)
        return [await self._one(alert.call_id, item, budget) for item in alert.evidence]

    async def _one(self, call_id: str, item: Evidence, budget: Budget) -> AlertAudio:
        try:
            return AlertAudio(item, await clip_of(self._spans, call_id, item, budget))
        except AudioGone as gone:
            return AlertAudio(item, reason=gone.reason)
        except KafkaError as error:
            away = BrokerError(f"Kafka at {self._settings.kafka} does not answer ({type(error).__name__}).")
            raise not_allowed(error, self._settings) or away from error


async def audio(alert: Alert, kafka: KafkaSettings | str | None = None) -> list[AlertAudio]:
    """The audio of one alert, while Kafka keeps it (24 h unless set otherwise); `AudioClient` is for many.

    Raises:
        BrokerError: Kafka does not answer. AccessRefused: it refuses us.
    """
    async with AudioClient(kafka) as client:
        return await client.read(alert)
