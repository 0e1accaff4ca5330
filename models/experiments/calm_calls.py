"""Calls of calm people on bad lines and in odd situations: not one of them should alert.

    .venv/bin/python models/experiments/calm_calls.py --noise RECORDINGS/noise --out build/calm-calls [--calls 208]
    tonewatch evaluate degradation --calls build/calm-calls --json build/calm.json     # calm alerts an hour, by kind

Needs Debian's `espeak-ng`, `flite`, `sox`, `asterisk-core-sounds-{en,es,fr,it,ru}-gsm` and `asterisk-moh-opsound-gsm`
(recorded announcements stand in for calm speech). Voices and kinds take turns, each call is drawn from its own name and
the seed, channel 0 is the caller; the audio is never committed (prompts and music are CC BY-SA).
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr

from tonewatch.models.degradation.truth import TRUTH_FILE
from tonewatch.models.synthesis.line import PHONE_HZ, active_level_dbfs, street_noise
from tonewatch.models.telephone import Samples, add_echo, band_limit, clip

PROMPTS = Path("/usr/share/asterisk/sounds")
MUSIC = Path("/usr/share/asterisk/moh")
MOST_PROMPTS = 48
LEVEL_DBFS, FLOOR_DBFS = -26.0, -66.0

SAID = {
    "en": (
        "I would like to know when the parcel will arrive please.",
        "My account number is four four one seven nine two.",
        "Yes that is right, the address has not changed.",
        "Could you tell me which forms I need to send in?",
        "No, that is everything, I have written it down.",
        "Let me look for the letter, it is on the table here.",
        "I think it was a Tuesday, in the afternoon.",
        "We have two phones and a tablet at home.",
        "I can be there between nine and eleven.",
        "I have the invoice here, it says forty two pounds.",
    ),
    "de": (
        "Ich möchte gern wissen, wann das Paket kommt.",
        "Meine Kundennummer ist vier vier eins sieben.",
        "Ja, das ist richtig, die Adresse ist gleich geblieben.",
        "Der Zähler zeigt zweitausenddreihundert.",
        "Danke, das passt mir gut.",
    ),
    "es": (
        "Quisiera saber cuándo llega el paquete.",
        "Mi número de cliente es cuatro cuatro uno.",
        "Tengo la carta aquí en la mesa.",
        "Gracias, me parece bien.",
    ),
    "pl": (
        "Chciałbym wiedzieć, kiedy przyjdzie paczka.",
        "Mój numer klienta to cztery cztery jeden.",
        "To było we wtorek po południu.",
        "Dziękuję, to mi odpowiada.",
    ),
}
ESPEAK = (
    *("en-us 150 50", "en-gb+m3 160 40", "en-us+f2 150 60", "en-gb+f4 170 55", "en-us+m7 140 30", "de 150 50"),
    *("de+f3 160 50", "es+m2 150 45", "es+f1 150 60", "pl 150 50", "pl+f2 150 55", "en-gb-scotland 155 50"),
)
FLITE = ("slt", "rms", "awb", "kal16")
AGENT = "flite rms"


@dataclass(frozen=True)
class Scene:
    """What a kind of call is drawn from: the generator, the voices, and the sounds that are no speech."""

    rng: np.random.Generator
    other: list[Samples]
    agent: list[Samples]
    laughs: Sequence[Path]


Kind = Callable[[list[Samples], Scene], list[Samples]]


def read(path: Path) -> Samples:
    """At 8 kHz, the silence around it cut, at the level of a line."""
    with tempfile.TemporaryDirectory() as folder:
        if path.suffix == ".gsm":
            wav = Path(folder) / "a.wav"
            subprocess.run(["sox", path, "-r", str(PHONE_HZ), wav], check=True, capture_output=True)
            path = wav
        samples, rate_hz = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples.mean(1)
    narrow = mono if rate_hz == PHONE_HZ else np.asarray(soxr.resample(mono, rate_hz, PHONE_HZ), dtype=np.float32)
    loud = np.flatnonzero(np.abs(narrow) > 0.004)
    return levelled(narrow[max(0, loud[0] - 400) : loud[-1] + 400]) if loud.size else narrow[:0]


def levelled(samples: Samples, dbfs: float = LEVEL_DBFS) -> Samples:
    return samples * np.float32(10.0 ** ((dbfs - active_level_dbfs(samples)) / 20.0))


def spoken(text: str, *command: str) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "a.wav"
        subprocess.run([part.format(wav=wav, text=text) for part in command], check=True, capture_output=True)
        return read(wav)


@cache
def utterances(voice: str) -> tuple[Samples, ...]:
    """Everything that a voice says: `prompt FOLDER`, `flite NAME`, or `espeak NAME SPEED PITCH`."""
    engine, name, *numbers = voice.split()
    if engine == "prompt":
        files = sorted((PROMPTS / name).glob("*.gsm"))
        read_all = (read(path) for path in files[:: max(1, len(files) // MOST_PROMPTS)])
        return tuple(one for one in read_all if PHONE_HZ < one.size < 6 * PHONE_HZ)
    if engine == "flite":
        return tuple(spoken(text, "flite", "-voice", name, "-t", "{text}", "-o", "{wav}") for text in SAID["en"])
    options = ("-v", name, "-s", numbers[0], "-p", numbers[1], "-w", "{wav}", "{text}")
    return tuple(spoken(text, "espeak-ng", *options) for text in SAID[name[:2]])


def some(voice: str, seconds: float, rng: np.random.Generator) -> list[Samples]:
    """Utterances of a voice in random order, so many seconds of them."""
    found: list[Samples] = []
    all_of_it = utterances(voice)
    while sum(one.size for one in found) < seconds * PHONE_HZ:
        found.append(all_of_it[int(rng.integers(len(all_of_it)))])
    return found


def quicker(samples: Samples, ratio: float) -> Samples:
    """Higher and faster by this ratio: a tape that runs too fast, a child; or, below one, an old voice."""
    return levelled(np.asarray(soxr.resample(samples, PHONE_HZ * ratio, PHONE_HZ), dtype=np.float32))


def _laughing(said: list[Samples], scene: Scene) -> list[Samples]:
    picks = scene.rng.integers(len(scene.laughs), size=3)
    laughs = [levelled(read(scene.laughs[int(pick)])[: 4 * PHONE_HZ]) for pick in picks]
    return [part for pair in zip(laughs, said, strict=False) for part in pair] + said[len(laughs) :]


def _music(said: list[Samples], scene: Scene) -> list[Samples]:
    pieces = sorted(MUSIC.glob("*.gsm"))
    piece = read(pieces[int(scene.rng.integers(len(pieces)))])
    start = int(scene.rng.integers(0, max(1, piece.size - 14 * PHONE_HZ)))
    return [piece[start : start + 12 * PHONE_HZ], *said]


def _echoing(said: list[Samples], scene: Scene) -> list[Samples]:
    agent = np.concatenate(scene.agent)
    return [add_echo(one, np.resize(agent, one.size), PHONE_HZ, 120.0, 12.0, scene.rng) for one in said]


def _speakerphone(said: list[Samples], scene: Scene) -> list[Samples]:
    return [levelled(add_echo(one, one, PHONE_HZ, 45.0, 6.0, scene.rng)) for one in said]


KINDS: dict[str, Kind] = {
    "plain": lambda said, _: said,
    "loud": lambda said, _: [np.clip(levelled(one, LEVEL_DBFS + 9.0), -1.0, 1.0) for one in said],
    "number": lambda said, _: [np.clip(quicker(one, 1.06) * np.float32(2.5), -1.0, 1.0) for one in said],
    "fast": lambda said, _: [quicker(one, 1.15) for one in said],
    "old": lambda said, _: [quicker(one, 0.88) for one in said],
    "overdriven": lambda said, _: [levelled(clip(one, 0.08)) for one in said],
    "radio": lambda said, _: [levelled(clip(band_limit(one, PHONE_HZ, 500.0, 2500.0), 0.25)) for one in said],
    "speakerphone": _speakerphone,
    "echo": _echoing,
    "child": lambda said, scene: [quicker(one, 1.3) for one in scene.other[:3]] + said,
    "handover": lambda said, scene: scene.other,
    "laugh": _laughing,
    "music": _music,
    "street6": lambda said, _: said,
    "street8": lambda said, _: said,
}
"""What happens to the second half of a call; noise of a street lies over the whole of it."""


def lay(said: Sequence[Samples], agent: Sequence[Samples], rng: np.random.Generator) -> tuple[Samples, Samples]:
    """Turns of one to three utterances, the agent between them."""
    caller, other, number = [np.zeros(4000, dtype=np.float32)], [np.zeros(4000, dtype=np.float32)], 0

    def speak(own: list[Samples], silent: list[Samples], samples: Samples, pause_s: float) -> None:
        long = np.concatenate([samples, np.zeros(int(pause_s * PHONE_HZ), dtype=np.float32)])
        own.append(long)
        silent.append(np.zeros(long.size, dtype=np.float32))

    left = list(said)
    while left:
        for _ in range(int(rng.integers(1, 4))):
            if left:
                speak(caller, other, left.pop(0), float(rng.uniform(0.2, 0.6)))
        speak(other, caller, agent[number % len(agent)], float(rng.uniform(0.3, 0.8)))
        number += 1
    return np.concatenate(caller), np.concatenate(other)


def make(kind: str, voice: str, others: Sequence[str], laughs: Sequence[Path], rng: np.random.Generator) -> Samples:
    """[samples, 2]: a plain first half, then what the kind does."""
    other = some(others[int(rng.integers(len(others)))], 18.0, rng)
    agent = some(AGENT, 20.0, rng)
    said = some(voice, 14.0, rng) + KINDS[kind](some(voice, 16.0, rng), Scene(rng, other, agent, laughs))
    caller, answers = lay(said, agent, rng)
    if kind.startswith("street"):
        noise = street_noise(caller.size, agent[:3], rng)
        caller = caller + noise * np.float32(10.0 ** ((LEVEL_DBFS - float(kind[6:])) / 20.0))
    both = np.stack([caller, answers], axis=1)
    floor = rng.standard_normal(both.shape) * 10.0 ** (FLOOR_DBFS / 20.0)
    return np.asarray(np.clip(both + floor, -1.0, 1.0), dtype=np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--noise", type=Path, required=True, help="folder of sounds with a manifest.csv, for laughter")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--calls", type=int, default=208)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with (given.noise / "manifest.csv").open(newline="", encoding="utf-8") as file:
        laughs = [given.noise / row["path"] for row in csv.DictReader(file) if row["label"] == "laughing"]
    prompts = [f"prompt {folder.name}" for folder in sorted(PROMPTS.glob("*_*_*")) if folder.is_dir()]
    voices = [*prompts, *(f"espeak {one}" for one in ESPEAK), *(f"flite {one}" for one in FLITE)]
    given.out.mkdir(parents=True, exist_ok=True)
    truth = []
    for number in range(given.calls):
        # One kind further with each round of the voices, so that a voice does not meet the same kinds again.
        voice = voices[number % len(voices)]
        kind = list(KINDS)[(number + number // len(voices)) % len(KINDS)]
        name = f"{number:03d}-{kind}-{voice.split()[1]}.wav"
        rng = np.random.default_rng([given.seed, zlib.crc32(name.encode())])
        samples = make(kind, voice, [one for one in voices if one != voice], laughs, rng)
        soundfile.write(given.out / name, samples, PHONE_HZ, format="WAV", subtype="ULAW")
        length_s = round(len(samples) / PHONE_HZ, 2)
        truth.append({"file": name, "kind": kind, "onset_s": None, "duration_s": length_s, "speaker": voice})
    (given.out / TRUTH_FILE).write_text(json.dumps(truth, indent=1) + "\n")
    length_h = sum(soundfile.info(given.out / str(one["file"])).duration for one in truth) / 3600
    sys.stdout.write(f"{len(truth)} calls, {length_h:.2f} h\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
