"""The other party's sound in a channel is told from speech of its own, by correlated energies."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from tonewatch.stream.demo.truth import default_folder
from tonewatch.stream.doors.audio_file import chunks, inspect
from tonewatch.workers.audio.codecs import Samples, resample
from tonewatch.workers.audio.echo import KEPT_MS, BandEnergies, EchoMeasure, measure

RATE_HZ = 8_000
FROM_MS, SPEECH_MS = 1_000, 4_000


@cache
def voices() -> tuple[Samples, Samples]:
    """4 s of the caller's speech and 4 s of the agent's, from two places of a demo call."""
    both = np.concatenate(list(chunks(inspect(default_folder() / "calm_enquiry.flac"), RATE_HZ)))
    return loudest(both[:, 0]), loudest(both[:, 1])


def loudest(samples: Samples) -> Samples:
    length = SPEECH_MS * RATE_HZ // 1000
    starts = range(0, len(samples) - length, RATE_HZ // 2)
    best = max(starts, key=lambda first: float(np.square(samples[first : first + length]).sum()))
    return samples[best : best + length]


def heard(samples: Samples, from_ms: int = FROM_MS, rate_hz: int = RATE_HZ) -> BandEnergies:
    """In chunks of 200 ms, behind a quiet line."""
    quiet = np.zeros(from_ms * rate_hz // 1000, dtype=np.float32)
    whole, step = np.concatenate((quiet, samples, np.zeros(rate_hz, dtype=np.float32))), rate_hz // 5
    energies = BandEnergies()
    for number, first in enumerate(range(0, len(whole), step)):
        energies.add(whole[first : first + step], 200 * number, rate_hz)
    return energies


def path(samples: Samples, gain_db: float) -> Samples:
    """Through a room of 20 ms, with the line's noise."""
    rng = np.random.default_rng(4)
    room = np.exp(-np.arange(400) / 80) * rng.standard_normal(400)
    coloured = np.convolve(samples, room / np.sqrt(np.square(room).sum()))[: len(samples)]
    noise = 2e-4 * rng.standard_normal(len(samples))
    return np.asarray(coloured * 10 ** (gain_db / 20) + noise, dtype=np.float32)


@pytest.mark.parametrize(("lag_ms", "gain_db"), [(0, -12), (60, -15), (120, -25), (280, -20), (120, 3)])
def test_a_later_or_quieter_copy_is_an_echo_and_its_lag_is_found(lag_ms: int, gain_db: float) -> None:
    _, agent = voices()
    own = heard(path(agent, gain_db), FROM_MS + lag_ms)
    found = measure(own, heard(agent), FROM_MS + lag_ms, FROM_MS + lag_ms + SPEECH_MS)
    assert found is not None
    assert found.is_echo
    assert abs(found.lag_ms - lag_ms) <= 10


def test_the_source_of_an_echo_is_none() -> None:
    _, agent = voices()
    for lag_ms in (0, 120):
        found = measure(heard(agent), heard(path(agent, -15), FROM_MS + lag_ms), FROM_MS, FROM_MS + SPEECH_MS)
        assert found is None or not found.is_echo


def test_two_who_speak_at_once_are_no_echo_of_each_other() -> None:
    caller, agent = voices()
    for one, other in ((caller, agent), (agent, caller)):
        found = measure(heard(one), heard(other), FROM_MS, FROM_MS + SPEECH_MS)
        assert found is None or not found.is_echo


def test_a_channel_that_is_a_copy_of_the_other_at_the_same_level_is_not_told_to_be_its_echo() -> None:
    caller, _ = voices()
    found = measure(heard(caller), heard(caller), FROM_MS, FROM_MS + SPEECH_MS)
    assert found is not None
    assert (found.correlation > 0.99, found.is_echo) == (True, False)


def test_beside_a_silent_channel_nothing_is_measured() -> None:
    caller, _ = voices()
    silent = heard(np.zeros(len(caller), dtype=np.float32))
    assert measure(heard(caller), silent, FROM_MS, FROM_MS + SPEECH_MS) is None


def test_the_rate_of_the_channels_may_differ() -> None:
    _, agent = voices()
    wide = resample(path(agent, -15), RATE_HZ, 16_000)
    found = measure(heard(wide, rate_hz=16_000), heard(agent), FROM_MS, FROM_MS + SPEECH_MS)
    assert found is not None
    assert found.is_echo


def test_the_less_is_compared_the_more_must_agree() -> None:
    assert EchoMeasure(0.66, 100, -10.0, 4_000).is_echo
    assert not EchoMeasure(0.66, 100, -10.0, 500).is_echo


def test_what_is_older_than_is_kept_and_what_was_never_heard_is_nothing() -> None:
    caller, _ = voices()
    energies = heard(np.tile(caller, 4))
    assert not energies.read(FROM_MS, FROM_MS + 1_000).any()
    assert energies.read(KEPT_MS + FROM_MS, KEPT_MS + 2 * FROM_MS).any()
    assert not energies.read(100_000, 101_000).any()
