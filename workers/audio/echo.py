"""Is a segment the other party's sound? Band energies of two channels, correlated at the lags that an echo has.

An echo is a quieter or later copy of what the other channel carries: a hybrid's (near 0 ms), a loudspeaker's in the
room (to about 300 ms). Its energies rise and fall with those of its source in every band, whatever the path did to
level, colour and phase, and whatever a codec did to the waveform. Two people who speak at once do not: over the demo
calls no second of unrelated speech correlates by more than 0.58, and hardly any echo by less than 0.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.audio.codecs import Samples

STEP_MS: Final = 10
EDGES_HZ: Final = (200, 400, 600, 850, 1_150, 1_550, 2_050, 2_700, 3_500)
"""Bands of about equal width on the mel scale, within what every telephone line carries."""

KEPT_MS: Final = 8_000
"""A segment of 4 s, the pause that closes it, and what may come out of order."""

SETTLED_MS: Final = 1_000
"""Of audio that may wait until its energies are computed."""

EARLIEST_MS: Final = -20
LATEST_MS: Final = 320
"""Lags of the echo behind its source; a little less than none, for rounding."""

LATE_MS: Final = 40
QUIETER_DB: Final = -3.0
"""What comes later, or at once and quieter, is the echo; of two that are alike neither can be told to be one."""

_FLOOR = 1e-8
"""-80 dB re full scale: what lies under it says nothing."""

_AUDIBLE_DB = -62.0
_SOURCE_SHARE = 0.5

Bands = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EchoMeasure:
    """Of a segment beside another channel at the lag at which they agree best.

    correlation  of the log band energies, each band without its mean; -1 to 1
    lag_ms       by which the segment is behind the other channel
    level_db     of the segment over the other channel
    length_ms    of what was compared
    """

    correlation: float
    lag_ms: int
    level_db: float
    length_ms: int

    @property
    def is_echo(self) -> bool:
        """Mostly the other party's sound. The less was compared, the more can agree by chance."""
        proven = self.length_ms > 0 and self.correlation >= 0.54 + 0.14 / (self.length_ms / 1000) ** 0.5
        return proven and (self.lag_ms >= LATE_MS or self.level_db <= QUIETER_DB)


class BandEnergies:
    """Energies of one channel over its last KEPT_MS, one row of power re full scale each STEP_MS of media time."""

    def __init__(self) -> None:
        self._rows: Bands = np.zeros((KEPT_MS // STEP_MS, len(EDGES_HZ) - 1))
        self._steps: NDArray[np.int64] = np.full(len(self._rows), -1, dtype=np.int64)
        # Samples whose energies nobody asked for yet, in order, from `_rest_from` up to `_rest_end`.
        self._rest: list[Samples] = []
        self._rest_from = 0
        self._rest_end = 0
        self._rate_hz = 0

    def add(self, samples: Samples, start_ms: int, rate_hz: int) -> None:
        """Samples in order; what does not continue those before begins anew at its place."""
        first, hop = start_ms * rate_hz // 1000, rate_hz * STEP_MS // 1000
        if rate_hz != self._rate_hz or abs(first - self._rest_end) > hop:
            self._settle()
            # Up to the next step of the grid: rows of both channels must lie on the same one.
            skipped = -first % hop
            self._rate_hz, self._rest_from, self._rest_end = rate_hz, first + skipped, first + skipped
            self._rest, samples = [], samples[skipped:]
        self._rest.append(samples)
        self._rest_end += len(samples)
        # Many chunks at once cost little more than one.
        if self._rest_end - self._rest_from > SETTLED_MS * rate_hz // 1000:
            self._settle()

    def read(self, start_ms: int, end_ms: int) -> Bands:
        """Rows from `start_ms` to `end_ms`; zero where nothing was heard, or where it is forgotten."""
        self._settle()
        steps = np.arange(start_ms // STEP_MS, max(start_ms, end_ms) // STEP_MS)
        places = steps % len(self._rows)
        return np.where((self._steps[places] == steps)[:, None], self._rows[places], 0.0)

    def _settle(self) -> None:
        """The rows of what waits; the end of it waits on for what follows."""
        hop = max(1, self._rate_hz * STEP_MS // 1000)
        count = (self._rest_end - self._rest_from) // hop - 1
        if count <= 0:
            return
        rest = self._rest[0] if len(self._rest) == 1 else np.concatenate(self._rest)
        self._keep(self._rest_from // hop, band_powers(rest, self._rate_hz)[-len(self._rows) :], count)
        self._rest, self._rest_from = [rest[count * hop :]], self._rest_from + count * hop

    def _keep(self, first: int, rows: Bands, count: int) -> None:
        steps = np.arange(first + count - len(rows), first + count)
        self._rows[steps % len(self._rows)] = rows
        self._steps[steps % len(self._rows)] = steps


def band_powers(samples: Samples, rate_hz: int) -> Bands:
    """Power in each band re full scale, of windows of two steps that begin at each step; float64 [steps, bands]."""
    hop = rate_hz * STEP_MS // 1000
    windows = np.lib.stride_tricks.sliding_window_view(samples, 2 * hop)[::hop]
    taper, scale = _taper(hop)
    spectrum = np.abs(np.fft.rfft(windows * taper, axis=1)) ** 2 * scale
    return spectrum @ _band_matrix(rate_hz)


@cache
def _taper(hop: int) -> tuple[NDArray[np.float64], float]:
    """A window of two steps, and what makes its squared spectrum power re full scale."""
    taper = np.hanning(2 * hop)
    return taper, 2 / (2 * hop * float(taper @ taper))


@cache
def _band_matrix(rate_hz: int) -> Bands:
    """Ones where a bin of the spectrum lies in a band; [bins, bands]."""
    hz = np.fft.rfftfreq(2 * rate_hz * STEP_MS // 1000, 1 / rate_hz)
    return np.stack([(hz >= low) & (hz < high) for low, high in pairwise(EDGES_HZ)], 1).astype(np.float64)


def measure(own: BandEnergies, other: BandEnergies, start_ms: int, end_ms: int) -> EchoMeasure | None:
    """What was heard on a channel from `start_ms` to `end_ms`, beside the other one; null where that was silent."""
    rows = own.read(start_ms, end_ms)
    if len(rows) < 2:
        return None
    source = other.read(start_ms - LATEST_MS, end_ms - EARLIEST_MS)
    audible = 10 * np.log10(source.sum(axis=1) + _FLOOR) > _AUDIBLE_DB
    if not audible.any():
        return None
    beside = _Source(source, 10 * np.log10(source + _FLOOR), audible)
    heard = _Heard.of(rows)
    found = [
        _compared(heard, beside, first, lag_ms)
        for lag_ms in range(EARLIEST_MS, LATEST_MS + STEP_MS, STEP_MS)
        if beside.is_heard(first := (LATEST_MS - lag_ms) // STEP_MS, len(rows))
    ]
    return max(found, key=lambda one: one.correlation, default=None)


@dataclass(frozen=True, slots=True)
class _Heard:
    """A segment's log energies without their means, the sum of their squares, and its power in all."""

    centred_db: Bands
    square: float
    power: float

    @classmethod
    def of(cls, rows: Bands) -> _Heard:
        levels_db = 10 * np.log10(rows + _FLOOR)
        centred_db = levels_db - levels_db.mean(axis=0)
        return cls(centred_db, float((centred_db * centred_db).sum()), float(rows.sum()))


@dataclass(frozen=True, slots=True)
class _Source:
    """The other channel over all lags: power, log energies, and which rows are audible."""

    rows: Bands
    levels_db: Bands
    audible: NDArray[np.bool_]

    def is_heard(self, first: int, count: int) -> bool:
        return bool(self.audible[first : first + count].mean() >= _SOURCE_SHARE)


def _compared(own: _Heard, other: _Source, first: int, lag_ms: int) -> EchoMeasure:
    """With as many rows of the other channel, from `first` on."""
    rows, levels_db = (part[first : first + len(own.centred_db)] for part in (other.rows, other.levels_db))
    centred_db = levels_db - levels_db.mean(axis=0)
    spread = float(np.sqrt(own.square * (centred_db * centred_db).sum()))
    correlation = float((own.centred_db * centred_db).sum()) / spread if spread > 0 else 0.0
    level_db = float(10 * np.log10((own.power + _FLOOR) / (float(rows.sum()) + _FLOOR)))
    return EchoMeasure(round(correlation, 3), lag_ms, round(level_db, 1), STEP_MS * len(rows))
