"""How well alerts are dated: by the likeliest path of emotions, and within the rolling tone as until 2026-11-30.

    .venv/bin/python models/experiments/onset_dating.py CALLS [CALLS ...] [--messages FOLDER | --cache FOLDER]

CALLS are of `tonewatch evaluate stitch`. An alert on the tone counts that fires between the true onset and 15 s after
the end of the degraded stretch. `--messages` has a file of a listener's messages a call (*.jsonl), which are judged as
they are.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all
from tonewatch.stream.codec import decode_segment
from tonewatch.stream.messages import Alert
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.detector import Detector
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.tone.state import CallMemory
from tonewatch.stream.tone.step import step
from tonewatch.workers.encoder import default_encoder_path, relative_head_path

AFTER_S = 15.0
NEAR_S = (1.0, 6.0)


def recent_ms(detector: Detector) -> int:
    """The first segment of the rolling tone since when the evidence adds up."""
    window = [one for one in detector.window if one.start_ms >= detector.rises_since_ms >= 0]
    return (window or detector.window[-1:])[0].start_ms


def dated(call: ListenedCall, config: ToneConfig) -> Iterator[tuple[float, float]]:
    """By how many seconds each hit is dated late: by the path, and within the rolling tone."""
    stretch = None if call.truth is None else call.truth.degraded(call.duration_s)
    if stretch is None:
        return
    memory, seen, (onset_s, until_s) = CallMemory(), set[str](), stretch
    for message in call.messages:
        for alert in step(memory, message, config):
            if (
                not isinstance(alert, Alert)
                or alert.event != "fired"
                or alert.cause != "tone"
                or alert.alert_id in seen
            ):
                continue
            seen.add(alert.alert_id)
            if onset_s <= alert.fired_ms / 1000 <= until_s + AFTER_S:
                yield alert.onset_ms / 1000 - onset_s, recent_ms(memory.detector) / 1000 - onset_s


def of_messages(calls: Sequence[ListenedCall], folder: Path) -> list[ListenedCall]:
    """The calls with the messages that a listener wrote, by call id."""
    found = [tuple(map(decode_segment, file.read_bytes().splitlines())) for file in sorted(folder.glob("*.jsonl"))]
    by_id = {messages[0].call_id: messages for messages in found if messages}
    return [ListenedCall(c.name, c.truth, c.duration_s, by_id[c.name]) for c in calls if c.name in by_id]


def summary(name: str, late_s: Sequence[float]) -> str:
    errors = np.abs(np.array(late_s))
    near = ", ".join(f"{int((errors <= near_s).sum())} within {near_s:.0f} s" for near_s in NEAR_S)
    return f"  {name}: {len(errors)} hits, {near}, p50 {np.median(errors):.1f} s, mean {errors.mean():.1f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("calls", type=Path, nargs="+")
    parser.add_argument("--messages", type=Path, action="append", default=[], help="one for each of CALLS")
    parser.add_argument("--cache", type=Path, default=Path("build/listened"))
    given = parser.parse_args()
    encoder = default_encoder_path()
    config = ToneConfig(relative=load_head(relative_head_path(encoder)))
    for number, folder in enumerate(given.calls):
        files = find_calls(folder)
        if given.messages:
            named = [ListenedCall(Path(f.name).stem, f.truth, f.audio.duration_ms / 1000, ()) for f in files]
            listened = of_messages(named, given.messages[number])
        else:
            listened = listen_all(files, OfflineListening(encoder, {}, given.cache))
        late = [pair for call in listened for pair in dated(call, config)]
        sys.stdout.write(f"{folder.name}: {len(listened)} calls\n")
        for name, column in (("likeliest path", 0), ("within the rolling tone", 1)):
            sys.stdout.write(summary(name, [pair[column] for pair in late]) + "\n")


if __name__ == "__main__":
    main()
