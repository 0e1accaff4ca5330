from __future__ import annotations

from pathlib import Path

import msgspec

from tonewatch.models.reasons.written.collect import collect
from tonewatch.models.reasons.written.written_moment import SaidWords, Writing, WrittenMoment, read_moments
from tonewatch.workers.reasons.examples import EXAMPLES

from .test_validate import MOMENT, RIGHT


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
