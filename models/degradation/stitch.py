"""A script as two channels of a telephone call, and the truth about it."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tonewatch.models.degradation.script import AGENT, CALLER, Kind, Script, lacking, sections, write
from tonewatch.models.degradation.truth import Made, Turn
from tonewatch.models.degradation.voices import Mood, Studio, Utterance, Voice
from tonewatch.models.synthesis.line import PHONE_HZ, limit, street_noise
from tonewatch.models.telephone import Samples, band_limit, coloured_noise, lose_packets, rms

LEVEL_DBFS = (-33.0, -27.0)
"""A speaker's median level on the line; quiet enough that a shout 15 dB above it is not yet limited away."""

SHOUTED_DB = 20.0
"""By so much the caller's line is louder where it overloads: calm speech touches full scale, a shout is cut at it."""

FLOOR_DBFS = (-70.0, -62.0)
ANGRY_AGENT = 0.2
"""Share of calls whose agent is angry: that must not raise an alert."""


@dataclass(frozen=True)
class Planned:
    """One call that can be made; `number` tells calls of one voice and kind apart."""

    voice: Voice
    kind: Kind
    number: int

    @property
    def file(self) -> str:
        suffix = f"-{self.number + 1}" if self.number else ""
        return f"{self.voice.speaker}-{self.kind}{suffix}.wav"


@dataclass(frozen=True)
class LeftOut:
    """A call that cannot be made, and which moods the voice lacks for it."""

    voice: Voice
    kind: Kind
    moods: tuple[Mood, ...]


def plan(voices: Sequence[Voice], kinds: Sequence[Kind], per_speaker: int) -> tuple[list[Planned], list[LeftOut]]:
    """`per_speaker` calls of each kind for every voice that has the clips, and what is left out."""
    planned: list[Planned] = []
    left_out: list[LeftOut] = []
    for voice in voices:
        for kind in kinds:
            if moods := lacking(kind, voice):
                left_out.append(LeftOut(voice, kind, tuple(moods)))
            else:
                planned += [Planned(voice, kind, number) for number in range(per_speaker)]
    return planned, left_out


def stitch(
    planned: Sequence[Planned], voices: Sequence[Voice], out: Path, seed: int, *, shouted: bool = False
) -> Iterator[Made]:
    """Write each call as mu-law WAV into `out` and yield its truth. One seed, one set of files, to the bit.

    `shouted`: the caller's line is SHOUTED_DB louder and cut at full scale; everything else is the same.

    Raises:
        AudioFileError: a clip cannot be read.
    """
    studio = Studio()
    for one in planned:
        samples, truth = make(one, voices, studio, seed, shouted=shouted)
        soundfile.write(out / one.file, samples, PHONE_HZ, format="WAV", subtype="ULAW")
        yield truth


def make(
    one: Planned, voices: Sequence[Voice], studio: Studio, seed: int, *, shouted: bool = False
) -> tuple[NDArray[np.float32], Made]:
    """The call as float32 [samples, 2] (channel 0 the caller), and its truth."""
    # Seeded by the file's name, so that a call is the same whichever other calls are made.
    rng = np.random.default_rng([seed, zlib.crc32(one.file.encode())])
    agent_voice, agent_mood = choose_agent(one.voice, voices, rng)
    agent = studio.utterances(agent_voice)[agent_mood] if agent_voice else ()
    script = write(sections(one.kind, rng), studio.utterances(one.voice), agent, rng)
    caller_line = _line(script, CALLER, rng)
    noise = ""
    if one.kind is Kind.NOISY:
        caller_line, noise = _disturbed(caller_line, studio.utterances(one.voice)[Mood.CALM], agent, rng)
    heard = overloaded(caller_line) if shouted else limit(caller_line)
    samples = np.stack([heard, limit(_line(script, AGENT, rng))], axis=1)
    return samples, _truth(one, script, agent_voice, agent_mood, noise)


def overloaded(line: Samples) -> Samples:
    """A line into which somebody speaks far too loudly: cut at full scale, as a converter does."""
    return np.asarray(np.clip(line * np.float32(10.0 ** (SHOUTED_DB / 20.0)), -1.0, 1.0), dtype=np.float32)


def choose_agent(
    caller: Voice, voices: Sequence[Voice], rng: np.random.Generator
) -> tuple[Voice, Mood] | tuple[None, Mood]:
    """Another voice, of the caller's corpus where there is one; calm, at times angry. None without another voice."""
    mood = Mood.ANGRY if rng.random() < ANGRY_AGENT else Mood.CALM
    others = [v for v in voices if v.speaker != caller.speaker and v.count(mood)]
    near = [v for v in others if v.corpus == caller.corpus] or others
    return (near[int(rng.integers(len(near)))], mood) if near else (None, mood)


def _line(script: Script, channel: int, rng: np.random.Generator) -> Samples:
    """One channel: the speaker at a level of the call's own, the band of a telephone, the floor of a line."""
    size = round(script.duration_s * PHONE_HZ)
    spoken = np.zeros(size, dtype=np.float32)
    for one in script.of(channel):
        start = round(one.start_s * PHONE_HZ)
        said = one.said.samples[: size - start]
        spoken[start : start + said.size] += said
    spoken *= np.float32(10.0 ** (rng.uniform(*LEVEL_DBFS) / 20.0))
    spoken = band_limit(spoken, PHONE_HZ, float(rng.uniform(80.0, 300.0)), float(rng.uniform(3300.0, 3700.0)))
    floor = coloured_noise(size, float(rng.uniform(0.0, 1.0)), rng)
    return spoken + floor * np.float32(10.0 ** (rng.uniform(*FLOOR_DBFS) / 20.0) / rms(floor))


def _disturbed(
    line: Samples, caller: Sequence[Utterance], agent: Sequence[Utterance], rng: np.random.Generator
) -> tuple[Samples, str]:
    """The caller stands in a street, or the line loses packets, or both; and what was done, in words.

    The street's talkers are other people: the agent's clips stand in for them.
    """
    snr_db, loss = float(rng.uniform(8.0, 20.0)), float(rng.uniform(0.01, 0.05))
    which = int(rng.integers(3))
    # 0: street, 1: packet loss, 2: both.
    done = []
    if which != 1:
        noise = street_noise(line.size, [one.samples for one in agent[:3]] or [caller[0].samples], rng)
        line = line + noise * np.float32(_speech_rms(line) * 10.0 ** (-snr_db / 20.0))
        done.append(f"street {snr_db:.0f} dB under the voice")
    if which != 0:
        line = lose_packets(line, PHONE_HZ, loss, rng)
        done.append(f"{100 * loss:.1f} % of packets lost")
    return line, ", ".join(done)


def _truth(one: Planned, script: Script, agent: Voice | None, agent_mood: Mood, noise: str) -> Made:
    onset_s, end_s, recovery_s = script.stretch()
    return Made(
        file=one.file,
        speaker=one.voice.speaker,
        corpus=one.voice.corpus,
        kind=one.kind,
        onset_s=onset_s,
        end_s=_rounded(end_s),
        duration_s=script.duration_s,
        recovery_s=recovery_s,
        agent_speaker=agent.speaker if agent else None,
        agent_emotion=str(agent_mood) if agent else None,
        clips=len(script.of(CALLER)),
        clips_reused=script.reused,
        noise=noise,
        turns=tuple(Turn(p.channel, p.start_s, round(p.end_s, 3), p.said.emotion) for p in script.placed),
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def _speech_rms(samples: Samples) -> float:
    """Over the frames within 25 dB of the loudest tenth: of the speech, not of the silence between."""
    # 160 samples are 20 ms at 8 kHz.
    frames = samples[: samples.size // 160 * 160].reshape(-1, 160).astype(np.float64)
    power = np.mean(np.square(frames), axis=1)
    return float(np.sqrt(np.mean(power[power >= np.percentile(power, 90) * 10.0**-2.5])))
