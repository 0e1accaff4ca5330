"""From a dialogue to a two-channel call and the truth about it."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.models.synthesis import line
from tonewatch.models.synthesis.dialogue import AGENT, CUSTOMER, Dialogue, Line, phrases
from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.styles import STYLES, shape
from tonewatch.models.synthesis.vocoder import analyse, render
from tonewatch.models.synthesis.voices import VOICES, Studio, Voice, as_person
from tonewatch.models.telephone import Samples, coloured_noise

_LEAD_S, _TAIL_S = 0.8, 1.2
_BABBLE = (
    "The next train leaves from platform four in six minutes, mind the doors please.",
    "So I told him that we could meet on Thursday, but he never wrote back to me.",
    "Two coffees and one of those pastries, and could I pay for all of it by card?",
)


@dataclass(frozen=True)
class PlacedTurn:
    """One turn on its channel; `start` and the samples count at 8 kHz."""

    turn: Line
    start: int
    samples: Samples

    @property
    def end(self) -> int:
        return self.start + self.samples.size


class TurnTruth(msgspec.Struct, frozen=True):
    channel: int
    start_s: float
    end_s: float
    style: str
    text: str


class CallTruth(msgspec.Struct, frozen=True):
    """onset_s: start of the first degraded customer turn; recovery_s: start of the first turn that is calm again and
    stays so; end_s: end of the last turn. All null or in seconds from the start of the file."""

    file: str
    kind: str
    title: str
    queue: str
    language: str
    voices: dict[str, str]
    synthetic: bool
    notice_given: bool
    onset_s: float | None
    recovery_s: float | None
    end_s: float
    duration_s: float
    expected_alert: bool
    turns: list[TurnTruth]


def perform(dialogue: Dialogue, studio: Studio) -> tuple[NDArray[np.int16], CallTruth]:
    """The call as [samples, 2] after mu-law, and its truth."""
    rng = np.random.default_rng(dialogue.seed)
    turns = _speak_all(dialogue, studio, rng)
    size = max(turn.end for turn in turns) + int(_TAIL_S * line.PHONE_HZ)
    channels = [_channel(turns, number, size, rng) for number in (CUSTOMER, AGENT)]
    if dialogue.noise_snr_db is not None:
        talkers = [
            line.carry(studio.speak(VOICES[name], text), RATE_HZ, 0.0)
            for name, text in zip(("f4", "m1", "f2"), _BABBLE, strict=True)
        ]
        level = 10.0 ** ((line.NEUTRAL_DBFS - dialogue.noise_snr_db) / 20.0)
        channels[CUSTOMER] += np.float32(level) * line.street_noise(size, talkers, rng)
    stereo = line.through_g711(np.stack([line.limit(channel) for channel in channels], axis=1))
    return stereo, truth_of(dialogue, turns, size)


def truth_of(dialogue: Dialogue, placed: list[PlacedTurn], size: int) -> CallTruth:
    turns = [
        TurnTruth(said.turn.channel, _seconds(said.start), _seconds(said.end), said.turn.style, said.turn.text)
        for said in placed
    ]
    onset_s, recovery_s = degraded_span(turns)
    return CallTruth(
        file=f"{dialogue.kind}.flac",
        kind=dialogue.kind,
        title=dialogue.title,
        queue=dialogue.queue,
        language=dialogue.language,
        voices={"customer": str(VOICES[dialogue.customer]), "agent": str(VOICES[dialogue.agent])},
        synthetic=True,
        notice_given=dialogue.notice_given,
        onset_s=onset_s,
        recovery_s=recovery_s,
        end_s=max(turn.end_s for turn in turns),
        duration_s=_seconds(size),
        expected_alert=dialogue.expected_alert,
        turns=turns,
    )


def degraded_span(turns: list[TurnTruth]) -> tuple[float | None, float | None]:
    """Start of the customer's first degraded turn, and of the first turn after the last degraded one, if any."""
    customer = [turn for turn in turns if turn.channel == CUSTOMER]
    degraded = [index for index, turn in enumerate(customer) if STYLES[turn.style].degraded]
    if not degraded:
        return None, None
    after = customer[degraded[-1] + 1 :]
    return customer[degraded[0]].start_s, after[0].start_s if after else None


def _speak_all(dialogue: Dialogue, studio: Studio, rng: np.random.Generator) -> list[PlacedTurn]:
    placed: list[PlacedTurn] = []
    end = int(_LEAD_S * line.PHONE_HZ)
    for turn in dialogue.turns:
        voice = VOICES[dialogue.customer if turn.channel == CUSTOMER else dialogue.agent]
        start = max(0, end + int(turn.gap_s * line.PHONE_HZ)) if placed else end
        placed.append(PlacedTurn(turn, start, speak_turn(turn, voice, studio, rng)))
        end = placed[-1].end
    return placed


def speak_turn(turn: Line, voice: Voice, studio: Studio, rng: np.random.Generator) -> Samples:
    """All phrases of a turn, each shaped by itself, as they come down the line."""
    style = STYLES[turn.style]
    parts: list[Samples] = []
    for text, pause_s in phrases(turn.text):
        person = as_person(analyse(studio.speak(voice, text), RATE_HZ), voice)
        samples = render(shape(person, style, rng))
        parts.append(line.carry(samples, RATE_HZ, style.level_db + rng.uniform(-0.6, 0.6)))
        parts.append(np.zeros(int(pause_s * style.pause * rng.uniform(0.8, 1.2) * line.PHONE_HZ), dtype=np.float32))
    return np.concatenate(parts[:-1])


def _channel(placed: list[PlacedTurn], number: int, size: int, rng: np.random.Generator) -> Samples:
    channel = coloured_noise(size, 0.5, rng)
    channel *= np.float32(10.0 ** (line.COMFORT_DBFS / 20.0) / np.sqrt(np.mean(np.square(channel))))
    for said in placed:
        if said.turn.channel == number:
            channel[said.start : said.end] += said.samples
    return channel


def _seconds(samples: int) -> float:
    return round(samples / line.PHONE_HZ, 3)
