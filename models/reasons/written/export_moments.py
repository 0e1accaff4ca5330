"""Moments of a folder of calls, in files that a writer is given: `train_00.jsonl`, `held_out_00.jsonl` and so on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import msgspec

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import OfflineListening, listen_all
from tonewatch.models.output import make_folder, write_file
from tonewatch.models.reasons.moments import moments, probes, read_turns
from tonewatch.models.reasons.written.make_moments import Made, MomentSource, make_moments
from tonewatch.models.reasons.written.written_moment import Split, WrittenMoment
from tonewatch.stream.tone.config import ToneConfig

PER_FILE = 30
"""Moments, and one more where a twin would be parted from the moment that it differs from."""


def sources(folder: Path, listening: OfflineListening, say: Callable[[str], None]) -> list[MomentSource]:
    """Every moment of the monitor, and every probe, of the calls in a folder.

    Raises:
        AudioFileError, StoreError: as listen_all.
    """
    calls, turns = find_calls(folder), read_turns(folder)
    config = listening.configs(ToneConfig())
    found = [
        MomentSource(asked, call.truth.corpus if call.truth else "")
        for call in listen_all(calls, listening)
        for follow in (moments, probes)
        for asked in follow(call, turns.get(call.name, ()), config(call))
        if asked.facts.posterior is not None
    ]
    say(f"{len(calls)} calls, {len(found)} moments, {sum(one.asked.live for one in found)} of them the monitor's")
    return found


def export_moments(
    found: Sequence[MomentSource],
    held_out: Sequence[str],
    counts: dict[Split, int],
    out: Path,
    truth: Path,
    seed: int,
    say: Callable[[str], None],
    written: Collection[WrittenMoment] = (),
) -> None:
    """Write both splits; the truth goes into a file of its own, which no writer is given. `written`: as make_moments.

    Raises:
        StoreError: the folder cannot be written.
    """
    make_folder(out)
    truths: list[bytes] = []
    for split, count in counts.items():
        apart = split == "held_out"
        voices = [one for one in found if (one.asked.speaker in held_out) == apart]
        made = make_moments(voices, count, split, seed, written)
        truths += [msgspec.json.encode(one.truth) for one in made]
        _write(made, split, out)
        say(f"{split}: {len(made)} moments of {len({one.moment.speaker for one in made})} voices")
    make_folder(truth.parent)
    write_file(truth, b"\n".join(truths) + b"\n", "the truth", "--truth")


def _write(made: Sequence[Made], split: Split, out: Path) -> None:
    for number, part in enumerate(_parts([one.moment for one in made])):
        lines = b"\n".join(msgspec.json.encode(moment) for moment in part) + b"\n"
        write_file(out / f"{split}_{number:02d}.jsonl", lines, "the moments", "--out")


def _parts(moments: Sequence[WrittenMoment]) -> list[list[WrittenMoment]]:
    """Of PER_FILE moments each; a twin lies in the file of its moment."""
    parts: list[list[WrittenMoment]] = []
    for moment in moments:
        if not parts or (len(parts[-1]) >= PER_FILE and not moment.twin):
            parts.append([])
        parts[-1].append(moment)
    return parts
