"""What a caller's earlier call is worth: angry from the first word, with and without one, and with somebody else's.

    .venv/bin/python models/experiments/past_calls.py CALLS FOLDS.json [--cache FOLDER]

CALLS are of `tonewatch evaluate stitch`, FOLDS.json names encoders that have not heard their voices (`tonewatch train
encoder --keep-folds`). Each voice's steady call is the earlier one of its other calls.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import msgspec

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all, read_folds
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.messages import Alert, CallOpened, PastCall
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import Output, step
from tonewatch.workers.encoder import default_encoder_path

LATER_MS = 10 * 3_600_000
HIT_S = 6.0

Configs = Callable[[ListenedCall], ToneConfig]


@dataclass(frozen=True)
class Found:
    """What became of one call: whether its onset was found, how late, and how many alerts were none."""

    kind: str
    has_onset: bool
    delay_s: float | None
    wrong: int


def outputs(call: ListenedCall, config: ToneConfig, past: Sequence[PastCall] = ()) -> list[Output]:
    """What the monitor would write, the caller being known by `past`, whatever encoder it was heard by."""
    space = config.relative.space if config.relative else ""
    known = [msgspec.structs.replace(one, space=space, started_at_ms=0, ended_at_ms=LATER_MS // 2) for one in past]
    memory = CallMemory()
    written: list[Output] = []
    for message in call.messages:
        if isinstance(message, CallOpened):
            message = msgspec.structs.replace(message, caller="k", started_at_ms=LATER_MS)
        written += step(memory, message, config, known)
    return written


def found(call: ListenedCall, truth: Truth, written: Sequence[Output]) -> Found:
    alerts = [o for o in written if isinstance(o, Alert) and o.cause == "tone" and o.event in ("fired", "reopened")]
    onset_s = truth.onset_s
    if onset_s is None:
        return Found(truth.kind, False, None, len(alerts))
    end_s = truth.end_s or call.duration_s
    hits = [a for a in alerts if abs(a.onset_ms / 1000 - onset_s) <= HIT_S and a.fired_ms / 1000 <= end_s]
    delay_s = hits[0].fired_ms / 1000 - onset_s if hits else None
    return Found(truth.kind, True, delay_s, len(alerts) - len(hits))


def show(name: str, results: Sequence[Found]) -> None:
    sys.stdout.write(f"{name}\n")
    for kind in sorted({one.kind for one in results}):
        those = [one for one in results if one.kind == kind]
        onsets = [one for one in those if one.has_onset]
        delays = [one.delay_s for one in onsets if one.delay_s is not None]
        told = f"found {len(delays)} of {len(onsets)}" if onsets else "no onset"
        late = f", {median(delays):.1f} s late" if delays else ""
        sys.stdout.write(f"  {kind:12} {len(those)} calls: {told}{late}; {sum(o.wrong for o in those)} wrong alerts\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("calls", type=Path)
    parser.add_argument("folds", type=Path)
    parser.add_argument("--cache", type=Path, default=Path("build/heard"))
    options = parser.parse_args()
    hearing = OfflineListening(default_encoder_path(), read_folds(options.folds), options.cache)
    heard = [(call, call.truth) for call in listen_all(find_calls(options.calls), hearing) if call.truth is not None]
    configs = hearing.configs(ToneConfig())
    past = earlier_calls(heard, configs)
    draw = random.Random(1)
    others = {voice: draw.choice([v for v in sorted(past) if v != voice]) for voice in sorted(past)}
    sys.stdout.write(f"{platform.machine()}, Python {platform.python_version()}: {len(past)} voices\n")
    rest = [(call, truth) for call, truth in heard if truth.kind != "steady" and truth.speaker in past]
    show("no earlier call", [found(c, t, outputs(c, configs(c))) for c, t in rest])
    show("the voice's own", [found(c, t, outputs(c, configs(c), [past[t.speaker]])) for c, t in rest])
    every = [(call, truth) for call, truth in heard if truth.speaker in past]
    show("another voice's", [found(c, t, outputs(c, configs(c), [past[others[t.speaker]]])) for c, t in every])


def earlier_calls(heard: Sequence[tuple[ListenedCall, Truth]], configs: Configs) -> dict[str, PastCall]:
    """By voice, what is kept of its steady call."""
    steady = [(truth.speaker, outputs(call, configs(call))) for call, truth in heard if truth.kind == "steady"]
    return {speaker: one for speaker, written in steady for one in written if isinstance(one, PastCall)}


if __name__ == "__main__":
    main()
