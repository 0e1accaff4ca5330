"""What a telephone line costs in training: each effect on a clip of 3 s, and whole random lines.

    .venv/bin/python models/experiments/telephone_cost.py               # a made-up voice
    .venv/bin/python models/experiments/telephone_cost.py clip.flac ... # the first 3 s of each

Of several clips, each is measured with the others as its babble.
Times are process times of one thread, so another program on the machine changes them less.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import soxr

from tonewatch.models import telephone as line
from tonewatch.models.corpora import load_samples
from tonewatch.models.shipped import voice_like
from tonewatch.models.telephone import NETWORK_CODECS, ODDS, Samples

LENGTH = 48_000


def cost_ms(run: Callable[[], object], times: int) -> float:
    run()
    began = time.process_time()
    for _ in range(times):
        run()
    return 1000.0 * (time.process_time() - began) / times


def effects(wide: Samples, voices: list[Samples]) -> dict[str, Callable[[], object]]:
    narrow = np.asarray(soxr.resample(wide, 16_000, 8000), dtype=np.float32)
    rng = np.random.default_rng(0)
    return {
        "16 to 8 kHz": lambda: soxr.resample(wide, 16_000, 8000),
        "8 to 16 kHz": lambda: soxr.resample(narrow, 8000, 16_000),
        "mu-law": lambda: line.mu_law(narrow),
        "A-law": lambda: line.a_law(narrow),
        "band": lambda: line.band_limit(narrow, 8000, 300.0, 3400.0),
        "trim silence": lambda: line.trim_silence(wide, 16_000),
        "coloured noise": lambda: line.add_noise(narrow, line.coloured_noise(narrow.size, 1.0, rng), 10.0),
        "babble of 5": lambda: line.babble(voices, wide.size, 5, rng),
        "hum": lambda: line.hum(narrow.size, 8000, 50, rng),
        "clipping": lambda: line.clip(narrow, 0.5),
        "echo": lambda: line.add_echo(narrow, narrow, 8000, 100.0, 20.0, rng),
        "loss of 5 %": lambda: line.lose_packets(narrow, 8000, 0.05, rng, 2.0),
        **{
            f"{name}, {codec.bit_rates[-1] / 1000:g} kbit/s": partial(
                line.through, narrow if codec.rate_hz == 8000 else wide, name, codec.bit_rates[-1]
            )
            for name, codec in NETWORK_CODECS.items()
        },
    }


def say(name: str, ms: float) -> None:
    sys.stdout.write(f"  {name:26s}{ms:7.2f}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--times", type=int, default=20)
    options = parser.parse_args()
    voices = [load_samples(path) for path in options.clips] or [voice_like(4.0, f0_hz) for f0_hz in (120.0, 210.0)]
    wide = np.resize(voices[0], LENGTH)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    sys.stdout.write(f"{machine}; ms for a clip of 3 s\n")
    for name, run in effects(wide, voices).items():
        say(name, cost_ms(run, options.times))
    for name, odds in (("line, no network's codec", replace(ODDS, network=0.0)), ("line", ODDS)):
        rng = np.random.default_rng(1)
        say(name, cost_ms(partial(line.random_line, wide, rng, voices, odds, 3.0, 3.0), 10 * options.times))


if __name__ == "__main__":
    main()
