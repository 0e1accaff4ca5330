from __future__ import annotations

import gzip
from pathlib import Path

import msgspec

from tonewatch.models.reasons.written import collect as collected
from tonewatch.models.reasons.written.collect import MOMENTS_FILE, WRITTEN_FILE, collect, kept_moments
from tonewatch.models.reasons.written.validate import report
from tonewatch.models.reasons.written.written_moment import SaidWords, Writing, WrittenMoment, read_moments
from tonewatch.workers.reasons.examples import EXAMPLES

from .test_validate import MOMENT, RIGHT

WRITTEN = Path(collected.__file__).with_name("data")


def moment(name: str) -> WrittenMoment:
    facts = msgspec.structs.replace(EXAMPLES[0][0], quotes=())
    words = (SaidWords(52_000, "that is the second time you lose my parcel"),)
    return msgspec.structs.replace(MOMENT, id=name, facts=facts, words=words)


def test_what_has_no_fault_is_kept_with_its_moment_and_the_same_data_is_the_same_file(tmp_path: Path) -> None:
    for folder in ("moments", "written"):
        (tmp_path / folder).mkdir()
    lines = b"\n".join(msgspec.json.encode(moment(name)) for name in ("t1", "t2", "t3"))
    (tmp_path / "moments" / "train_00.jsonl").write_bytes(lines)
    false = msgspec.structs.replace(RIGHT, id="t2", text=RIGHT.text.replace("louder", "quieter"))
    written: list[Writing] = [msgspec.structs.replace(RIGHT, id="t3"), false, RIGHT]
    (tmp_path / "written" / "train_00.jsonl").write_bytes(b"\n".join(msgspec.json.encode(one) for one in written))
    told: list[str] = []
    assert collect(tmp_path / "moments", tmp_path / "written", tmp_path / "out", told.append) == 2
    packed = tmp_path / "out" / "moments.jsonl.gz"
    assert list(read_moments([packed])) == ["t1", "t3"]
    first = packed.read_bytes()
    collect(tmp_path / "moments", tmp_path / "written", tmp_path / "out", told.append)
    assert packed.read_bytes() == first


def test_what_was_collected_before_is_checked_again_and_kept_with_what_is_new(tmp_path: Path) -> None:
    written = {
        "first": [RIGHT, msgspec.structs.replace(RIGHT, id="t2")],
        "second": [msgspec.structs.replace(RIGHT, id="t3")],
    }
    for name, records in written.items():
        for kind, lines in (("moments", [moment(one.id) for one in records]), ("written", records)):
            (tmp_path / name / kind).mkdir(parents=True)
            packed = b"\n".join(msgspec.json.encode(line) for line in lines)
            (tmp_path / name / kind / "train_00.jsonl").write_bytes(packed)
    told: list[str] = []
    first, out = tmp_path / "first", tmp_path / "out"
    collect(first / "moments", first / "written", out, told.append)
    kept = (out / WRITTEN_FILE).read_bytes()
    false = gzip.decompress(kept).replace(b"louder and higher", b"quieter and higher", 1)
    (out / WRITTEN_FILE).write_bytes(gzip.compress(false))
    second = tmp_path / "second"
    assert collect(second / "moments", second / "written", out, told.append, before=out) == 2
    assert list(read_moments([out / MOMENTS_FILE])) == ["t2", "t3"]
    assert any("t1: " in line and '"quieter" is false' in line for line in told)


def test_the_data_that_is_shipped_has_no_fault_by_the_checker_of_today() -> None:
    lines, right = report(WRITTEN / WRITTEN_FILE, {one.id: one for one in kept_moments(WRITTEN)})
    assert lines == []
    assert right == len(kept_moments(WRITTEN))
