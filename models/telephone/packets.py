"""Packets that are lost in bursts, and their concealment by the receiver.

Loss: the two-state chain of Gilbert (1960) and Elliott (1963). Concealment: the last pitch period is repeated and fades
out, in the spirit of ITU-T G.711 Appendix I, whose lengths and fade are used; it repeats one period, not up to three.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tonewatch.models.telephone.g711 import Samples

PACKET_MS = 20
_PERIOD_MS = (5.0, 15.0)  # 66 to 200 Hz; a higher voice is repeated by several of its periods
_MATCH_MS = 20.0
_FULL_MS, _SILENT_MS = 10.0, 60.0
_LONGER_IS_WORSE = 0.02
_JOIN_MS, _LONGEST_JOIN_MS = 4.0, 10.0


def gilbert_elliott(
    packets: int, loss: float, burst_packets: float, rng: np.random.Generator, bad_loss: float = 1.0
) -> NDArray[np.bool_]:
    """Which packets are lost: `loss` of them in the mean, in bad spells of `burst_packets` in the mean.

    In a bad spell a packet is lost with probability `bad_loss`, in a good one never. ValueError when a chain with these
    means does not exist.
    """
    bad_share = loss / bad_loss
    if not 0.0 <= bad_share < 1.0 or burst_packets < 1.0:
        raise ValueError(f"no chain loses {loss} of the packets in spells of {burst_packets} that lose {bad_loss}")
    # A geometric spell of mean burst_packets; in the stationary chain bad_share = enter / (enter + leave).
    leave = 1.0 / burst_packets
    enter = leave * bad_share / (1.0 - bad_share)
    if enter > 1.0:
        raise ValueError(f"spells of {burst_packets} packets are too short for a loss of {loss}")
    spells = np.zeros(packets, dtype=np.bool_)
    bad, at = bool(rng.random() < bad_share), 0
    while at < packets and enter > 0.0:
        lasts = int(rng.geometric(leave if bad else enter))
        spells[at : at + lasts] = bad
        bad, at = not bad, at + lasts
    return spells & (rng.random(packets) < bad_loss)


def lose_packets(
    samples: Samples, rate_hz: int, loss: float, rng: np.random.Generator, burst_packets: float = 1.5
) -> Samples:
    """Packets of 20 ms lost in bursts and concealed."""
    count = -(-samples.size // (rate_hz * PACKET_MS // 1000))
    return conceal(samples, gilbert_elliott(count, loss, burst_packets, rng), rate_hz)


def conceal(samples: Samples, lost: NDArray[np.bool_], rate_hz: int) -> Samples:
    """Each run of lost packets is filled from what was played before it; the first packets of all become silence."""
    step = rate_hz * PACKET_MS // 1000
    out = samples.copy()
    edges = np.flatnonzero(np.diff(np.concatenate([[False], lost, [False]]).astype(np.int8)))
    for first, end in edges.reshape(-1, 2):
        _fill(out, int(first) * step, min(int(end) * step, out.size), rate_hz)
    return out


def pitch_period(history: Samples, rate_hz: int) -> int:
    """Lag in samples at which the end of `history` is most like what came before it; 0 when it is too short to tell."""
    shortest, longest = (int(rate_hz * ms / 1000.0) for ms in _PERIOD_MS)
    window = int(rate_hz * _MATCH_MS / 1000.0)
    if history.size < window + longest + longest // 4:
        return 0
    last = history[-window:]
    # Row i is the window that lies `longest - i` samples before the last one.
    earlier = sliding_window_view(history[-window - longest : -shortest], window)
    # Normalised cross-correlation of the last window with every earlier one.
    energy = np.einsum("ij,ij->i", earlier, earlier) * (last @ last)
    lags = longest - np.arange(earlier.shape[0])
    # Of a period and its multiples, which are as like, the shortest.
    likeness = (earlier @ last) / np.sqrt(np.maximum(energy, 1e-12)) - _LONGER_IS_WORSE * lags / longest
    return int(lags[np.argmax(likeness)])


def _fill(out: Samples, start: int, stop: int, rate_hz: int) -> None:
    longest = int(rate_hz * (_MATCH_MS + 2.0 * _PERIOD_MS[1]) / 1000.0)
    history = out[max(0, start - longest) : start]
    period = pitch_period(history, rate_hz)
    if period == 0:
        out[start:stop] = 0.0
        return
    cycle = _cycle(history, period)
    # The receiver is late by a quarter of a period, so the end of what was played can already glide into the cycle.
    out[start - period // 4 : start] = cycle[-(period // 4) :]
    tail = min(out.size - stop, _join(stop - start, rate_hz))
    played = np.resize(cycle, stop - start + tail) * _fade(stop - start + tail, rate_hz)
    out[start:stop] = played[: stop - start]
    rise = np.linspace(0.0, 1.0, tail + 2, dtype=np.float32)[1:-1]
    out[stop : stop + tail] = (1.0 - rise) * played[stop - start :] + rise * out[stop : stop + tail]


def _cycle(history: Samples, period: int) -> Samples:
    """The last period, its last quarter crossfaded with what lies before it, so that it can follow itself."""
    join = period // 4
    cycle = history[-period:].copy()
    rise = np.linspace(0.0, 1.0, join + 2, dtype=np.float32)[1:-1]
    cycle[-join:] = (1.0 - rise) * cycle[-join:] + rise * history[-period - join : -period]
    return cycle


def _join(lost: int, rate_hz: int) -> int:
    """Samples of crossfade into what arrives again: 4 ms, and 4 ms more for every further 10 ms lost, up to 10 ms."""
    lost_ms = 1000.0 * lost / rate_hz
    return int(rate_hz * min(_JOIN_MS * max(lost_ms / 10.0, 1.0), _LONGEST_JOIN_MS) / 1000.0)


def _fade(size: int, rate_hz: int) -> Samples:
    played_ms = np.arange(size) * (1000.0 / rate_hz)
    return np.asarray(np.clip((_SILENT_MS - played_ms) / (_SILENT_MS - _FULL_MS), 0.0, 1.0), dtype=np.float32)
