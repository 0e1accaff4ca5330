from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.models.reasons.written.validate import faults, main, report, right_writings
from tonewatch.models.reasons.written.written_moment import SaidWords, Writing, WrittenMoment
from tonewatch.stream.messages import FactsTable

MOMENT = WrittenMoment(
    id="t1",
    split="train",
    speaker="s",
    corpus="c",
    call="c.wav",
    situation="delivery",
    kind="onset",
    facts=FactsTable(at_ms=0, window_start_ms=0, window_end_ms=0, baseline_segments=0, tone=0, tone_before=0, facts=(),
                     posterior=None, posterior_baseline=None),
)  # fmt: skip
RIGHT = Writing(
    id="t1",
    think="Much louder and higher than usual, and angry is at 66%. The lost parcel explains it, not joy.",
    emotion="angry",
    degraded="yes",
    confidence=0.8,
    text="Angrier since 0:50: much louder and higher than usual. The words explain it "
    '("that is the second time you lose my parcel"), so this is anger rather than joy. Sure; listen in.',
)


@pytest.fixture
def moment(boiling: FactsTable) -> WrittenMoment:
    return msgspec.structs.replace(
        MOMENT, facts=boiling, words=(SaidWords(52_000, "that is the second time you lose my parcel"),)
    )


@pytest.fixture
def boiling() -> FactsTable:
    from tonewatch.workers.reasons.examples import EXAMPLES

    return msgspec.structs.replace(EXAMPLES[0][0], quotes=())


def test_a_text_that_the_facts_bear_out_is_right(moment: WrittenMoment) -> None:
    assert faults(moment, RIGHT) == []


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"text": RIGHT.text.replace("louder", "quieter")}, '"quieter" is false'),
        ({"text": RIGHT.text.replace("second", "third")}, "is false by the facts (quote)"),
        ({"text": RIGHT.text.replace("Sure;", "The caller cries. Sure;")}, '"cries" is no word'),
        ({"text": RIGHT.text.replace(" since 0:50", "")}, "no time in the text"),
        ({"text": f"{RIGHT.text} {RIGHT.text}"}, "words"),
        ({"think": RIGHT.think.replace("louder", "quieter")}, 'think: "quieter" is false'),
        ({"emotion": "happy"}, "degraded yes, and happy"),
        ({"degraded": "no"}, "degraded no, and voice and sound both say it degraded"),
        ({"confidence": 0.1}, "confidence 0.1"),
        ({"think": f"As before. {RIGHT.think}"}, '"As before" speaks of another moment'),
    ],
)
def test_every_fault_is_told(moment: WrittenMoment, change: dict[str, object], named: str) -> None:
    found = faults(moment, msgspec.structs.replace(RIGHT, **change))
    assert any(named in fault.what for fault in found), found


def test_words_of_the_writers_take_the_place_of_the_moments(moment: WrittenMoment) -> None:
    other = msgspec.structs.replace(RIGHT, words=(SaidWords(52_000, "where is my refund"),))
    assert any("(quote)" in fault.what for fault in faults(moment, other))


def test_the_command_tells_line_fault_and_remedy(
    moment: WrittenMoment, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("moments", "written"):
        (tmp_path / folder).mkdir()
    (tmp_path / "moments" / "train_00.jsonl").write_bytes(msgspec.json.encode(moment))
    written = tmp_path / "written" / "train_00.jsonl"
    false = msgspec.structs.replace(RIGHT, text=RIGHT.text.replace("louder", "quieter"))
    written.write_bytes(msgspec.json.encode(RIGHT) + b"\n{}\n" + msgspec.json.encode(RIGHT))
    assert main([str(written)]) == 1
    told = capsys.readouterr().out
    assert "train_00.jsonl:2: no record" in told
    assert "train_00.jsonl:3: t1: written twice" in told
    assert "1 right, 2 faults" in told
    written.write_bytes(msgspec.json.encode(false))
    assert main([str(written)]) == 1
    assert 't1: "quieter" is false by the facts (direction): leave it out' in capsys.readouterr().out


def test_a_twin_that_reads_as_its_moment_is_refused_and_one_with_other_words_is_not(
    moment: WrittenMoment, tmp_path: Path
) -> None:
    twin = msgspec.structs.replace(moment, id="t2", twin="t1")
    same = msgspec.structs.replace(RIGHT, id="t2")
    words = (SaidWords(52_000, "and that is the second time you lose my parcel"),)
    for record, told in ((same, ["reads as t1"]), (msgspec.structs.replace(same, words=words), [])):
        path = tmp_path / "train_00.jsonl"
        path.write_bytes(msgspec.json.encode(RIGHT) + b"\n" + msgspec.json.encode(record))
        lines, right = report(path, {"t1": moment, "t2": twin})
        assert [line.split(": ")[2] for line in lines] == told
        assert len(right_writings([path], {"t1": moment, "t2": twin})) == right == 2 - len(told)


def test_a_yes_on_words_alone_is_no_surer_than_that(moment: WrittenMoment) -> None:
    from ....workers.claims import TABLES

    calm = msgspec.structs.replace(moment, facts=msgspec.structs.replace(TABLES["flat"], quotes=()))
    said = msgspec.structs.replace(RIGHT, words=(SaidWords(52_000, "I want to speak to your manager"),))
    sure = [fault.what for fault in faults(calm, said)]
    assert "confidence 0.8 on words alone" in sure
    less = [fault.what for fault in faults(calm, msgspec.structs.replace(said, confidence=0.7))]
    assert not any("words alone" in what or "degraded yes" in what for what in less)
