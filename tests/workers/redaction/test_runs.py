from __future__ import annotations

import pytest

from tonewatch.workers.redaction.runs import runs


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("four one one two", ["4112"]),
        ("double five oh triple nine", ["550999"]),
        ("twenty one forty two", ["2142"]),
        ("dreiundzwanzig, zwölf, null", ["23120"]),
        ("vier zwo und dann vier zwo", ["4242"]),
        ("four uh one dash two", ["412"]),
        ("4111-1111 1111.1111", ["4111111111111111"]),
        ("four one for two two", ["41422"]),
        ("fifty one oh five ten fifty one hundred", ["5105105100"]),
        ("oh no", []),
        ("two people and then one of them", ["2", "1"]),
        ("double um five, treble oh", ["55000"]),
        ("4111; 1111: 1111", ["411111111111"]),
        ("four. right. one", ["41"]),
        ("four uh uh uh uh uh uh one", ["4", "1"]),
        ("35 to 45", ["35", "45"]),
        ("double five to double six", ["55266"]),
    ],
)
def test_digits_that_are_read_out_belong_together(said: str, digits: list[str]) -> None:
    assert [run.digits for run in runs(said)] == digits


def test_what_is_taken_is_part_of_no_run_and_parts_two() -> None:
    assert [run.digits for run in runs("4111 250 1111", [(5, 8)])] == ["4111", "1111"]


def test_a_plus_belongs_to_its_number_written_or_said() -> None:
    for said in ("call +49 30 23125", "call plus 49 30 23125"):
        (run,) = runs(said)
        assert run.plus
        assert run.start == len("call ")
