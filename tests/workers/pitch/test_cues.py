import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tonewatch.workers import pitch
from tonewatch.workers.pitch import cues
from tonewatch.workers.pitch.cues import CUES, Observed

Floats = NDArray[np.float64]


def stack(f0_hz: float, low_hz: float = 300.0) -> Observed:
    """Harmonics from `low_hz` to 3400 Hz over a little noise."""
    t = np.arange(8_000) / 8_000
    tone = sum(np.cos(k * 2 * np.pi * f0_hz * t + k * k) * (low_hz < k * f0_hz < 3400) for k in range(1, 60))
    noise = 0.01 * np.random.default_rng(1).standard_normal(len(t))
    return cues.observe(pitch.spectra((0.02 * tone + noise).astype(np.float32), 8_000))


def cue(seen: Observed, name: str, f0_hz: float) -> Floats:
    """Of the candidate nearest to `f0_hz`, in the frames that have one."""
    near = np.abs(seen.f0_hz / f0_hz - 1)
    at = near.argmin(axis=1)
    rows = np.flatnonzero(near[np.arange(len(at)), at] < 0.03)
    return np.asarray(seen.cues[rows, at[rows], CUES.index(name)], dtype=np.float64)


@settings(max_examples=25)
@given(st.floats(80, 330))
def test_the_period_is_among_the_candidates_though_the_fundamental_is_missing(f0_hz: float) -> None:
    seen = stack(f0_hz, low_hz=max(300.0, 1.5 * f0_hz))
    near = np.abs(seen.f0_hz[5:-5] / f0_hz - 1).min(axis=1) < 0.02
    assert near.all()


def test_harmonics_stand_out_at_f0_and_not_at_half_of_it() -> None:
    seen = stack(160.0)
    assert cue(seen, "comb_low", 160).mean() > 1
    assert cue(seen, "comb_odd", 80).mean() < 0 < cue(seen, "comb_odd", 160).mean()


def test_two_periods_show_at_half_of_their_lag() -> None:
    seen = stack(200.0)
    assert cue(seen, "half_as_good", 100).mean() > 0.1 > cue(seen, "half_as_good", 200).mean()


@given(st.floats(-40, 20))
@settings(max_examples=10)
def test_no_cue_depends_on_the_gain(gain_db: float) -> None:
    rng = np.random.default_rng(2)
    samples = (0.05 * rng.standard_normal(4_000)).astype(np.float32)
    plain, louder = (
        cues.observe(pitch.spectra(samples * np.float32(gain), 8_000)) for gain in (1, 10 ** (gain_db / 20))
    )
    assert louder.cues == pytest.approx(plain.cues, abs=2e-3)


def test_candidates_lie_between_floor_and_ceiling() -> None:
    noise = np.random.default_rng(3).standard_normal(8_000).astype(np.float32)
    f0_hz = cues.observe(pitch.spectra(noise, 8_000)).f0_hz
    known = f0_hz[f0_hz > 0]
    assert len(known) > 100
    assert (known >= pitch.FLOOR_HZ).all()
    assert (known <= pitch.CEILING_HZ).all()
