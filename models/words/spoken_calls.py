"""The scripts as two-channel calls in flat voices: synthesisers as they are, nothing of the tone shaped.

Four voices speak the callers, a fifth the agents. A caller's voice is the same before and after the words turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import soundfile
from numpy.typing import NDArray

from tonewatch.models.degradation.truth import TRUTH_FILE, Truth
from tonewatch.models.synthesis import line
from tonewatch.models.synthesis.engines import RATE_HZ
from tonewatch.models.synthesis.voices import Studio, Voice
from tonewatch.models.telephone import Samples, coloured_noise
from tonewatch.models.words.scripts import CallScript, LineKind
from tonewatch.stream.errors import SettingsError

VOICES: Final = {
    "rms": Voice("flite", "rms", "male"),
    "slt": Voice("flite", "slt", "female"),
    "joe": Voice("piper", "joe", "male"),
    "espeak": Voice("espeak", "en-us", "male"),
}
AGENT: Final = Voice("flite", "awb", "male")

_LEAD_S, _GAP_S, _TAIL_S = 0.6, 0.5, 1.5


class SpokenLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a call; seconds from the start of the file."""

    kind: LineKind
    start_s: float
    end_s: float
    text: str


class SpokenCall(Truth, frozen=True, kw_only=True):
    """The truth of such a call. `onset_s`: where the words turn. `manner`: how; the tone of the voice never changes."""

    manner: str
    lines: tuple[SpokenLine, ...]


@dataclass(frozen=True)
class Casting:
    """A script and the caller's voice."""

    script: CallScript
    voice: str

    @property
    def file(self) -> str:
        return f"{self.script.name}-{self.voice}.flac"


def castings(scripts: Sequence[CallScript]) -> list[Casting]:
    """Calls that turn go to one voice each, in turn; those that stay plain are spoken by every voice."""
    voices = list(VOICES)
    turning = [one for one in scripts if one.turns]
    cast = [Casting(script, voices[index % len(voices)]) for index, script in enumerate(turning)]
    return cast + [Casting(script, voice) for script in scripts if not script.turns for voice in voices]


def write_calls(casts: Sequence[Casting], folder: Path, studio: Studio) -> Iterator[SpokenCall]:
    """One FLAC a call, exactly the samples of a G.711 line at 8 kHz, and `truth.json` for all of them."""
    told: list[SpokenCall] = []
    for cast in casts:
        stereo, call = perform(cast, studio)
        soundfile.write(folder / call.file, stereo, line.PHONE_HZ, format="FLAC", subtype="PCM_16")
        told.append(call)
        yield call
    (folder / TRUTH_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1) + b"\n")


def read_calls(folder: Path) -> tuple[SpokenCall, ...]:
    """The truths of a folder that `write_calls` filled.

    Raises:
        SettingsError: there are none.
    """
    try:
        return msgspec.json.decode((folder / TRUTH_FILE).read_bytes(), type=tuple[SpokenCall, ...])
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{folder} holds no calls of `tonewatch evaluate words --speak`: {error}") from error


def perform(cast: Casting, studio: Studio) -> tuple[NDArray[np.int16], SpokenCall]:
    """The call as [samples, 2] at 8 kHz, the caller first, and its truth."""
    parts, lines, at = _spoken(cast, studio)
    size = at + int(_TAIL_S * line.PHONE_HZ)
    seed = int.from_bytes(hashlib.sha256(cast.file.encode()).digest()[:8])
    channels = [_comfort_noise(size, np.random.default_rng((seed, number))) for number in range(2)]
    for told, start, samples in parts:
        channels[told.kind == "agent"][start : start + samples.size] += samples
    stereo = line.through_g711(np.stack([line.limit(channel) for channel in channels], axis=1))
    return stereo, _truth(cast, lines, size)


def _spoken(cast: Casting, studio: Studio) -> tuple[list[tuple[SpokenLine, int, Samples]], list[SpokenLine], int]:
    at = int(_LEAD_S * line.PHONE_HZ)
    parts: list[tuple[SpokenLine, int, Samples]] = []
    for one in cast.script.lines:
        voice = AGENT if one.kind == "agent" else VOICES[cast.voice]
        samples = line.carry(studio.speak(voice, one.text), RATE_HZ, 0.0)
        end = at + samples.size
        told = SpokenLine(kind=one.kind, start_s=_seconds(at), end_s=_seconds(end), text=one.text)
        parts.append((told, at, samples))
        at = end + int(_GAP_S * line.PHONE_HZ)
    return parts, [told for told, _, _ in parts], at


def _truth(cast: Casting, lines: Sequence[SpokenLine], size: int) -> SpokenCall:
    return SpokenCall(
        file=cast.file,
        kind=f"words_{cast.script.manner}",
        onset_s=next((one.start_s for one in lines if one.kind == "turned"), None),
        speaker=cast.voice,
        corpus="words",
        duration_s=_seconds(size),
        manner=cast.script.manner,
        lines=tuple(lines),
    )


def _comfort_noise(size: int, rng: np.random.Generator) -> Samples:
    noise = coloured_noise(size, 0.5, rng)
    return noise * np.float32(10.0 ** (line.COMFORT_DBFS / 20.0) / np.sqrt(np.mean(np.square(noise))))


def _seconds(samples: int) -> float:
    return round(samples / line.PHONE_HZ, 3)
