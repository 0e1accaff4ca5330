"""Fits the weights of `workers/pitch/cue_weights.py` to Praat's F0 of undamaged recordings, and prints them.

    .venv/bin/python models/experiments/fit_pitch.py ../shared/data/emodb

Every other recording of one folder with a `manifest.csv` goes through the telephone band, through mu-law alone, and
through the band with noise; each frame's right candidates are those within a semitone of F0 at full band. Frames on
which Praat's two methods (autocorrelation, cross-correlation) differ teach nothing. Stacks of harmonics of known F0 and
noise without any are mixed in. The weights maximise the probability of the right paths of the whole chain. Which
stretches they learn from is drawn, so a rerun ends at somewhat other weights. About two minutes of one core; needs
torch and praat-parselmouth.
"""

from __future__ import annotations

import argparse
import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import parselmouth
import soundfile
import torch
from numpy.typing import NDArray

from tonewatch.workers import pitch
from tonewatch.workers.audio import codecs
from tonewatch.workers.audio.codecs import Samples
from tonewatch.workers.pitch import cues, tracker
from tonewatch.workers.pitch.cue_weights import Costs, CueWeights

RATE_HZ = pitch.RATE_HZ
STEPS, BATCH, FRAMES = 180, 48, 80
NO_PATH = -60.0
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Example:
    """`allowed`: (frames, 1 + candidates), which states are right; all of them where nobody knows."""

    seen: cues.Observed
    of_each: cues.Cues
    allowed: NDArray[np.bool_]


def telephone(samples: Samples, noise: Samples | float = 0.0) -> Samples:
    """300 to 3400 Hz at one level, noise beside it, mu-law; samples at RATE_HZ."""
    spectrum = np.fft.rfft(samples)
    hz = np.fft.rfftfreq(len(samples), 1 / RATE_HZ)
    spectrum[(hz < 300) | (hz > 3400)] = 0
    return lined(levelled(np.fft.irfft(spectrum, len(samples))) + noise)


def lined(samples: Samples) -> Samples:
    return codecs.decode(codecs.encode(np.asarray(samples, np.float32), "mulaw"), "mulaw")


def levelled(samples: Numbers | Samples) -> Samples:
    return np.asarray(samples * (0.05 / np.sqrt(np.mean(samples**2))), dtype=np.float32)


def noise_for(count: int, rng: np.random.Generator) -> Samples:
    """White to pink, inside the band, at 0 to 25 dB under the voice."""
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum *= ((hz > 300) & (hz < 3400)) * np.maximum(hz, 100) ** -rng.uniform(0, 0.8)
    return np.asarray(levelled(np.fft.irfft(spectrum, count)) * 10 ** (-rng.uniform(0, 25) / 20), dtype=np.float32)


def praat(samples: Samples, rate_hz: int, count: int) -> tuple[Numbers, Numbers]:
    """F0 on our grid by autocorrelation and by cross-correlation; 0 where unvoiced."""
    sound = parselmouth.Sound(samples.astype(np.float64), rate_hz)
    found = []
    for method in (sound.to_pitch_ac, sound.to_pitch_cc):
        heard = method(time_step=0.01, pitch_floor=pitch.FLOOR_HZ, pitch_ceiling=pitch.CEILING_HZ)
        at = np.clip(
            np.rint(((np.arange(count) + 0.5) * 0.01 - heard.xs()[0]) / 0.01).astype(int), 0, len(heard.xs()) - 1
        )
        found.append(heard.selected_array["frequency"][at])
    return found[0], found[1]


def example(samples: Samples, f0_hz: Numbers, other_hz: Numbers) -> Example:
    seen = cues.observe(pitch.spectra(samples, RATE_HZ))
    count = min(len(seen.f0_hz), len(f0_hz))
    truth, other = f0_hz[:count, None], other_hz[:count, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        near = (seen.f0_hz[:count] > 0) & (np.abs(12 * np.log2(seen.f0_hz[:count] / truth)) < 1)
        agree = (truth > 0) & (other > 0) & (np.abs(12 * np.log2(other / truth)) < 1) | ((truth == 0) & (other == 0))
    allowed = np.concatenate((truth == 0, near), axis=1)
    allowed[~agree[:, 0] | ~allowed.any(axis=1)] = True
    cut = cues.Observed(seen.f0_hz[:count], seen.periodicity[:count], seen.cues[:count])
    return Example(cut, cut.cues, allowed)


def spoken(folder: Path, rng: np.random.Generator) -> list[Example]:
    examples = []
    for row in list(csv.DictReader((folder / "manifest.csv").open()))[::2]:
        samples, rate_hz = soundfile.read(folder / row["path"], dtype="float32")
        narrow = codecs.resample(samples, rate_hz, RATE_HZ)
        truth, other = praat(samples, rate_hz, len(narrow) // 80)
        for line in (
            telephone(narrow),
            lined(levelled(narrow)),
            telephone(narrow, noise_for(len(narrow), rng)),
        ):
            examples.append(example(line, truth, other))
    return examples


def stacks(count: int, rng: np.random.Generator) -> list[Example]:
    """Harmonics inside the band that stand, rise or fall; half of them fall off toward high frequencies."""
    examples = []
    for _ in range(count):
        t = np.arange(int(1.5 * RATE_HZ)) / RATE_HZ
        f0_hz = rng.uniform(75, 400) * 2 ** (rng.uniform(-0.5, 0.5) * t)
        phase = 2 * np.pi * np.cumsum(f0_hz) / RATE_HZ
        slope = rng.integers(2)
        tone = np.sum([np.cos(k * phase + k * k) / k**slope * (k * f0_hz < 3400) for k in range(1, 46)], axis=0)
        truth = f0_hz[40::80]
        examples.append(example(telephone(np.asarray(tone, np.float32)), truth, truth))
    return examples


def noises(count: int, rng: np.random.Generator) -> list[Example]:
    """Nothing but the line: no frame has an F0."""
    silent = np.zeros(int(1.5 * RATE_HZ) // 80)
    sounds = (rng.standard_normal(int(1.5 * RATE_HZ)).astype(np.float32) for _ in range(count // 2))
    plain = [lined(levelled(sound)) for sound in sounds]
    banded = [lined(levelled(noise_for(int(1.5 * RATE_HZ), rng))) for _ in range(count - count // 2)]
    return [example(line, silent, silent) for line in (*plain, *banded)]


class Chain(torch.nn.Module):
    """The model of `tracker` with weights that can be learnt; cues are standardised inside."""

    def __init__(self, examples: list[Example]) -> None:
        super().__init__()
        every = np.concatenate([e.of_each[e.seen.f0_hz > 0][::7] for e in examples])
        self.mean = torch.tensor(every.mean(axis=0))
        self.scale = torch.tensor(every.std(axis=0) + 1e-3)
        self.linear = torch.nn.Linear(every.shape[1], 1)
        self.costs = torch.nn.Parameter(torch.tensor([10.0, 3.0, 2.0, 3.0, 3.0]))

    def emission(self, of_each: torch.Tensor, known: torch.Tensor) -> torch.Tensor:
        odds = self.linear((of_each - self.mean) / self.scale)[..., 0]
        odds = torch.where(known, odds, torch.full_like(odds, -30.0))
        return torch.cat([torch.zeros_like(odds[..., :1]), odds], dim=-1)

    def transition(self, octaves: torch.Tensor) -> torch.Tensor:
        away = (octaves[:, 1:, None, :] - octaves[:, :-1, :, None]).abs()
        near, far, jump, begin, end = self.costs.abs()
        cost = near * away.clamp(max=0.15) + far * away.clamp(max=1.2) + jump * torch.sigmoid(40 * (away - 0.25))
        batch, steps, width, _ = cost.shape
        logs = torch.zeros(batch, steps, width + 1, width + 1)
        logs[:, :, 1:, 1:] = -cost
        logs[:, :, 0, 1:] = -begin
        logs[:, :, 1:, 0] = -end
        return logs

    def weights(self, names: tuple[str, ...]) -> CueWeights:
        by = (self.linear.weight[0] / self.scale).detach().numpy()
        bias = float(self.linear.bias.detach()) - float((by * self.mean.numpy()).sum())
        costs = Costs(*(round(abs(float(cost)), 2) for cost in self.costs.detach()))
        return CueWeights(round(bias, 3), {k: round(float(v), 3) for k, v in zip(names, by, strict=True)}, costs)


def total(emission: torch.Tensor, transition: torch.Tensor) -> torch.Tensor:
    """(batch,) log of the sum over all paths."""
    state = emission[:, 0]
    for at in range(1, emission.shape[1]):
        state = torch.logsumexp(state[:, :, None] + transition[:, at - 1], dim=1) + emission[:, at]
    return torch.logsumexp(state, dim=1)


def cut(one: Example, rng: np.random.Generator) -> tuple[NDArray[np.generic], ...]:
    at = slice(start := int(rng.integers(len(one.allowed) - FRAMES + 1)), start + FRAMES)
    return one.of_each[at], one.seen.f0_hz[at], one.allowed[at]


def fit(examples: list[Example], rng: np.random.Generator) -> Chain:
    chain = Chain(examples)
    optimiser = torch.optim.Adam(chain.parameters(), 0.08)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.08, STEPS)
    long_enough = [e for e in examples if len(e.allowed) >= FRAMES]
    for _ in range(STEPS):
        batch = [
            (e, rng.integers(len(e.allowed) - FRAMES + 1)) for e in rng.choice(np.array(long_enough, object), BATCH)
        ]
        cut = [
            (e.of_each[at : at + FRAMES], e.seen.f0_hz[at : at + FRAMES], e.allowed[at : at + FRAMES])
            for e, at in batch
        ]
        of_each, f0_hz, allowed = (torch.tensor(np.stack(part)) for part in zip(*cut, strict=True))
        emission = chain.emission(of_each, f0_hz > 0)
        transition = chain.transition(torch.log2(f0_hz.clamp(min=1)))
        right = total(emission.masked_fill(~allowed, NO_PATH), transition)
        loss = (total(emission, transition) - right).mean() / FRAMES + 1e-4 * (chain.linear.weight**2).sum()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
    sys.stderr.write(f"loss per frame {float(loss.detach()):.4f}\n")
    return chain


def second_look(one: Example, first: CueWeights) -> Example:
    centre = tracker.centre_octaves(one.seen, tracker.emissions(one.seen, one.of_each, first))
    near = cues.nearness(one.seen, float(np.log2(150)) if centre is None else centre)
    return Example(one.seen, np.concatenate((one.of_each, near), axis=-1), one.allowed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    torch.manual_seed(1)
    rng = np.random.default_rng(1)
    examples = spoken(folder, rng) + stacks(120, rng) + noises(80, rng)
    first = fit(examples, rng).weights(cues.CUES)
    sys.stdout.write(f"FIRST_PASS: Final = {first!r}\n")
    second = fit([second_look(one, first) for one in examples], rng).weights((*cues.CUES, *cues.NEARNESS))
    sys.stdout.write(f"SECOND_PASS: Final = {second!r}\n")


if __name__ == "__main__":
    main()
