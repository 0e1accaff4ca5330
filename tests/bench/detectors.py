"""Which sequential detector finds onsets best from the same evidence, on voices that nobody had heard.

    .venv/bin/python tests/bench/detectors.py CALLS FOLDS.json [--cache FOLDER]

CALLS are of `tonewatch evaluate stitch`, FOLDS.json names encoders that have not heard their voices. Every detector
gets the log likelihoods that the monitor's own gets, segment by segment; its threshold is chosen on half of the voices
and judged on the other half, both ways. An alert clears when the statistic was under half of its threshold for 4 s.

cusum        E. S. Page 1954: the sum of the evidence less a drift, never under zero
two states   Shiryaev 1963 with a way back: usual or degraded
four states  the monitor's: a hidden Markov model over the emotions
bocpd        R. P. Adams and D. J. C. MacKay 2007 (arXiv 0710.3742): run lengths of a Gaussian of unknown mean;
             the chance that the mean of the present run lies above zero
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tonewatch.models.degradation.degradation_metrics import degradation_metrics
from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all, read_folds
from tonewatch.models.degradation.outcome import Outcome, Raised, judged, judged_segments
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.baseline import ready
from tonewatch.stream.tone.evidence.detector import update
from tonewatch.stream.tone.evidence.likelihood import Nats, evidence, likelihoods
from tonewatch.stream.tone.evidence.usual import voice_baseline
from tonewatch.stream.tone.state import Detector, JudgedSegment
from tonewatch.workers.encoder import default_encoder_path

CLEAR_S = 4.0


@dataclass(frozen=True)
class Known:
    """A judged segment, what it says, and when the monitor had it."""

    item: JudgedSegment
    nats: Nats
    known_s: float

    @property
    def evidence(self) -> float:
        return evidence(self.nats)


Statistic = Callable[[Sequence[Known]], Iterator[float]]


def known_of(call: ListenedCall, config: ToneConfig) -> list[Known]:
    found = []
    for segment, item, before in judged_segments(call, config):
        nats = likelihoods(item, voice_baseline(before), ready(before, config), config)
        found.append(Known(item, nats, max(segment.emitted_at_ms, segment.end_ms) / 1000))
    return found


def cusum(heard: Sequence[Known]) -> Iterator[float]:
    total = 0.0
    for one in heard:
        total = min(12.0, max(0.0, total + one.evidence - 0.5))
        yield total / 12.0


def two_states(heard: Sequence[Known]) -> Iterator[float]:
    probability, at_ms = 0.07, heard[0].item.end_ms if heard else 0
    for one in heard:
        passed_s, at_ms = (one.item.end_ms - at_ms) / 1000, one.item.end_ms
        falls, recovers = (1.0 - math.exp(-passed_s / mean_s) for mean_s in (60.0, 30.0))
        probability = probability * (1.0 - recovers) + (1.0 - probability) * falls
        odds = math.log(probability / (1.0 - probability)) + max(-6.0, min(6.0, one.evidence))
        probability = min(0.985, max(0.015, 1.0 / (1.0 + math.exp(-odds))))
        yield probability


def four_states(heard: Sequence[Known]) -> Iterator[float]:
    state = Detector()
    for one in heard:
        yield update(state, one.item, one.nats, ToneConfig())


def bocpd(
    heard: Sequence[Known], hazard: float = 0.05, prior_sd: float = 3.0, noise_sd: float = 2.0
) -> Iterator[float]:
    """Conjugate updates of a mean with known noise, one for every run length."""
    runs, mean, precision = np.array([1.0]), np.array([-2.0]), np.array([prior_sd**-2])
    for one in heard:
        x = max(-6.0, min(6.0, one.evidence))
        variance = noise_sd**2 + 1.0 / precision
        fit = np.exp(-0.5 * (x - mean) ** 2 / variance) / np.sqrt(variance)
        grown, fresh = runs * fit * (1.0 - hazard), float((runs * fit).sum() * hazard)
        runs = np.concatenate([[fresh], grown])
        runs /= runs.sum()
        after = precision + noise_sd**-2
        mean = np.concatenate([[0.0], (precision * mean + x * noise_sd**-2) / after])
        precision = np.concatenate([[prior_sd**-2], after])
        above = np.array(
            [0.5 * math.erfc(-m * math.sqrt(p) / math.sqrt(2.0)) for m, p in zip(mean, precision, strict=True)]
        )
        yield float((runs[1:] * above[1:]).sum() / max(runs[1:].sum(), 1e-12))


DETECTORS: dict[str, Statistic] = {
    "cusum": cusum,
    "two states": two_states,
    "four states": four_states,
    "bocpd": bocpd,
}
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99)


def alerts(heard: Sequence[Known], values: Sequence[float], threshold: float) -> tuple[Raised, ...]:
    """Dated back by the same CUSUM for all: where the evidence last began to add up."""
    found: list[Raised] = []
    fall, since_s, clear_s, is_open = 0.0, 0.0, None, False
    for one, value in zip(heard, values, strict=True):
        before, fall = fall, max(0.0, fall + one.evidence)
        since_s = one.item.start_ms / 1000 if before == 0.0 else since_s
        if not is_open and value >= threshold:
            found.append(Raised(onset_s=since_s, fired_s=one.known_s))
            is_open, clear_s = True, None
        elif is_open and value <= threshold / 2:
            clear_s = clear_s if clear_s is not None else one.item.start_ms / 1000
            if one.item.end_ms / 1000 - clear_s >= CLEAR_S:
                is_open = False
                found[-1] = Raised(
                    onset_s=found[-1].onset_s, fired_s=found[-1].fired_s, resolved_s=one.known_s, resolved_by="recovery"
                )
        else:
            clear_s = None
    return tuple(found)


def outcome(call: ListenedCall, raised: tuple[Raised, ...]) -> Outcome:
    assert call.truth is not None
    return Outcome(
        file=call.name,
        kind=call.truth.kind,
        speaker=call.truth.speaker,
        corpus=call.truth.corpus,
        duration_s=call.duration_s,
        truth=call.truth,
        alerts=judged(raised, call.truth, call.duration_s),
        tone=(),
        ready_s=None,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path)
    parser.add_argument("folds", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/heard"))
    options = parser.parse_args()
    hearing = OfflineListening(default_encoder_path(), read_folds(options.folds), options.cache)
    calls = [call for call in listen_all(find_calls(options.calls), hearing) if call.truth is not None]
    configs = hearing.configs(ToneConfig())
    heard = {call.name: known_of(call, configs(call)) for call in calls}
    voices = sorted({call.truth.voice for call in calls if call.truth})
    half = set(voices[::2])
    for name, statistic in DETECTORS.items():
        values = {call.name: list(statistic(heard[call.name])) for call in calls}
        runs = {
            threshold: [outcome(call, alerts(heard[call.name], values[call.name], threshold)) for call in calls]
            for threshold in THRESHOLDS
        }
        mine = [_best(runs, half, inside=inside) for inside in (True, False)]
        unseen = [one for one in runs[mine[0]] if not _in(one, half)] + [one for one in runs[mine[1]] if _in(one, half)]
        f = degradation_metrics(unseen)
        sys.stdout.write(
            f"{name:12} F1 {f.onset_f1:.3f}  precision {f.onset_precision:.2f}  recall {f.onset_recall:.2f}  "
            f"p50 {f.delay_s_p50:.1f} s  false/h {f.false_alerts_per_hour:.1f}  happy {f.happy_alert_share:.2f}  "
            f"recovery {f.recovery_recall:.2f}  thresholds {mine[0]} {mine[1]}\n"
        )


def _in(one: Outcome, half: set[str]) -> bool:
    return one.truth is not None and one.truth.voice in half


def _best(runs: dict[float, list[Outcome]], half: set[str], *, inside: bool) -> float:
    return max(
        runs, key=lambda t: degradation_metrics([one for one in runs[t] if _in(one, half) is inside]).onset_f1 or 0.0
    )


if __name__ == "__main__":
    main()
