"""Whole lines: the plain one that metrics are reported on, and a random one to train on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from tonewatch.models.telephone.echo import add_echo
from tonewatch.models.telephone.g711 import Codec, Samples, a_law, mu_law
from tonewatch.models.telephone.networks import NETWORK_CODECS, codecs_at, through
from tonewatch.models.telephone.noise import add_noise, babble, coloured_noise, hum
from tonewatch.models.telephone.packets import lose_packets
from tonewatch.models.telephone.shape import (
    band_limit,
    clip,
    crop,
    gain,
    level_control,
    peak_normalise,
    trim_silence,
)

WIDE_HZ = 16_000
PHONE_HZ = 8_000


@dataclass(frozen=True)
class Odds:
    """Probability of each effect on a random line; drawn independently."""

    wide: float = 0.125
    band: float = 0.7
    noise: float = 0.5
    babble: float = 0.3  # of the noises, where voices are given
    level_control: float = 0.15
    clipping: float = 0.4
    overdriven: float = 0.65  # of the clippings
    echo: float = 0.15
    hum: float = 0.1
    network: float = 0.25
    a_law: float = 0.3
    loss: float = 0.3


ODDS = Odds()

CLIPPED, OVERDRIVEN = (0.4, 0.9), (0.05, 0.4)
"""Share of its peak at which a line is cut: now and then, or by somebody who shouts into it."""


def phone_line(samples: Samples, codec: Codec = "mu-law") -> Samples:
    """16 kHz -> 8 kHz through a codec -> 16 kHz: the plain line that metrics are reported on."""
    narrow = soxr.resample(peak_normalise(samples), WIDE_HZ, PHONE_HZ)
    coded = (mu_law if codec == "mu-law" else a_law)(narrow)
    return np.asarray(soxr.resample(coded, PHONE_HZ, WIDE_HZ), dtype=np.float32)


def random_line(
    samples: Samples,
    rng: np.random.Generator,
    voices: Sequence[Samples] = (),
    odds: Odds = ODDS,
    shortest_s: float = 0.8,
    longest_s: float = 4.0,
) -> Samples:
    """A stretch of the speech in a clip, over a random line, at 16 kHz as the clip; the generator alone decides.

    `voices` are clips of other people at 16 kHz, for babble and far-end echo; without them there is no babble, and the
    echo is the speaker's own. The lengths hold for the stretch cut out; a shorter clip comes whole.
    """
    cropped = peak_normalise(crop(trim_silence(samples, WIDE_HZ), WIDE_HZ, rng, shortest_s, longest_s))
    if rng.random() < odds.wide:
        return random_transmission(cropped, WIDE_HZ, rng, voices, odds)
    narrow = _resample(cropped, PHONE_HZ)
    if rng.random() < odds.band:
        narrow = band_limit(narrow, PHONE_HZ, float(rng.uniform(50.0, 350.0)), float(rng.uniform(3000.0, 3800.0)))
    sent = random_transmission(narrow, PHONE_HZ, rng, voices, odds)
    return np.asarray(soxr.resample(sent, PHONE_HZ, WIDE_HZ), dtype=np.float32)


def random_transmission(
    samples: Samples,
    rate_hz: int,
    rng: np.random.Generator,
    voices: Sequence[Samples] = (),
    odds: Odds = ODDS,
) -> Samples:
    """From one handset to the other: perhaps noise, level control, clipping, echo, hum, a codec, loss; always G.711."""
    if rng.random() < odds.noise:
        samples = _with_noise(samples, rate_hz, rng, voices, odds)
    if rng.random() < odds.level_control:
        samples = level_control(samples, rate_hz, float(rng.uniform(0.3, 0.9)))
    if rng.random() < odds.clipping:
        samples = clip(samples, float(rng.uniform(*(OVERDRIVEN if rng.random() < odds.overdriven else CLIPPED))))
    samples = gain(samples, float(rng.uniform(-24.0, 6.0)))
    if rng.random() < odds.echo:
        samples = _with_echo(samples, rate_hz, rng, voices)
    if rng.random() < odds.hum:
        noise = hum(samples.size, rate_hz, int(rng.choice((50, 60))), rng)
        samples = add_noise(samples, noise, float(rng.uniform(12.0, 40.0)))
    if rng.random() < odds.network:
        name = str(rng.choice(codecs_at(rate_hz)))
        samples = through(samples, name, int(rng.choice(NETWORK_CODECS[name].bit_rates)))
    samples = a_law(samples) if rng.random() < odds.a_law else mu_law(samples)
    if rng.random() < odds.loss:
        loss, burst_packets = float(rng.uniform(0.01, 0.1)), float(rng.uniform(1.0, 4.0))
        samples = lose_packets(samples, rate_hz, loss, rng, burst_packets)
    return samples


def _with_noise(
    samples: Samples, rate_hz: int, rng: np.random.Generator, voices: Sequence[Samples], odds: Odds
) -> Samples:
    if rng.random() < odds.babble and any(voice.any() for voice in voices):
        talked = babble(voices, samples.size * WIDE_HZ // rate_hz, int(rng.integers(2, 9)), rng)
        return add_noise(samples, _resample(talked, rate_hz), float(rng.uniform(5.0, 30.0)))
    noise = coloured_noise(samples.size, float(rng.uniform(0.0, 2.0)), rng)
    return add_noise(samples, noise, float(rng.uniform(5.0, 35.0)))


def _with_echo(samples: Samples, rate_hz: int, rng: np.random.Generator, voices: Sequence[Samples]) -> Samples:
    others = rng.random() < 0.5 and len(voices) > 0
    source = _resample(voices[int(rng.integers(0, len(voices)))], rate_hz) if others else samples
    return add_echo(samples, source, rate_hz, float(rng.uniform(20.0, 400.0)), float(rng.uniform(15.0, 40.0)), rng)


def _resample(samples: Samples, rate_hz: int) -> Samples:
    resampled = samples if rate_hz == WIDE_HZ else soxr.resample(samples, WIDE_HZ, rate_hz)
    return np.asarray(resampled, dtype=np.float32)
