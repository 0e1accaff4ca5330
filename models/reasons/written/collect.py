"""What was written without a fault, and its moments, as two files to keep: the data of the training."""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from tonewatch.models.output import make_folder, write_file
from tonewatch.models.reasons.written.reading import read_records
from tonewatch.models.reasons.written.validate import records_in, report, right_of
from tonewatch.models.reasons.written.written_moment import ReadBy, WrittenMoment, read_moments

MOMENTS_FILE, WRITTEN_FILE = "moments.jsonl.gz", "written.jsonl.gz"


def collect(
    moments: Path,
    written: Path,
    out: Path,
    say: Callable[[str], None],
    before: Path | None = None,
    *,
    read: Path | None = None,
    read_by: ReadBy = "a language model",
    unread: bool = False,
) -> int:
    """The number of moments that are kept, in the order of their ids.

    `before`: a folder that was collected earlier; what of it has a fault by now is told and left out.
    `read`: a folder of marks of second readers (`reading.py`), of `written` alone; `unread` keeps what has none. A mark
    of a record that was collected earlier stands in its place.

    Raises:
        SettingsError: a file cannot be read, or holds another thing.
        StoreError: the folder cannot be written.
    """
    known = read_moments(sorted(moments.glob("*_[0-9][0-9].jsonl")))
    files = sorted(written.glob("*.jsonl"))
    records, marked = records_in(files), set[str]()
    if read is not None:
        records, marked = read_records(files, read, known, say, read_by=read_by, unread=unread)
    if before is not None:
        known = {**known, **{moment.id: moment for moment in kept_moments(before)}}
        # What a reader marked anew stands as marked: neither a drop nor a fix is undone by what was kept before.
        records = [*(one for one in records_in([before / WRITTEN_FILE]) if one.id not in marked), *records]
        for line in report(before / WRITTEN_FILE, known)[0]:
            say(line)
    pairs = sorted(right_of(records, known), key=lambda pair: pair[0].id)
    make_folder(out)
    _write(out / MOMENTS_FILE, [msgspec.json.encode(moment) for moment, _ in pairs])
    _write(out / WRITTEN_FILE, [msgspec.json.encode(writing) for _, writing in pairs])
    held_out = sum(moment.split == "held_out" for moment, _ in pairs)
    say(f"{len(pairs)} moments of {len({moment.speaker for moment, _ in pairs})} voices, {held_out} held out")
    passed = Counter(writing.read_by or "nobody" for _, writing in pairs)
    say(f"read by {', '.join(f'{who}: {number}' for who, number in sorted(passed.items()))}" if passed else "none kept")
    return len(pairs)


def kept_moments(folder: Path) -> tuple[WrittenMoment, ...]:
    """The moments of a folder that was collected.

    Raises:
        SettingsError: there are none, or the file is damaged.
    """
    return tuple(read_moments([folder / MOMENTS_FILE]).values())


def _write(file: Path, lines: Sequence[bytes]) -> None:
    # No time in the header: the same data is the same file.
    packed = gzip.compress(b"\n".join(lines) + b"\n", mtime=0)
    write_file(file, packed, "the data", "--out")
