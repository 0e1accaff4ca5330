from __future__ import annotations

from tonewatch.models.evaluation.emotion import Unread
from tonewatch.models.evaluation.record import Evaluation, Subject, standing
from tonewatch.models.evaluation.report import tables
from tonewatch.models.evaluation.results import Row

from ..conftest import MakeAnswers


def evaluation(make_answers: MakeAnswers, unreadable: int = 0) -> Evaluation:
    sets = ("one", "two")
    answers = make_answers([0, 1, 1, 3], [0, 0, 1, 3], sets=["one", "one", "one", "two"])
    gone = tuple(Unread("one", f"{n}.flac", "no such file") for n in range(unreadable))
    missing = Row("words only", "", False, missing="not installed")
    return Evaluation(
        subject=Subject("made", "1", "made.onnx", "phone"),
        sets=sets,
        main=standing(Row("clip alone", "alone", False, answers), sets),
        beside=(standing(Row("baseline", "about", True, answers), sets),),
        references=(standing(missing, sets),),
        unreadable=gone,
        unlabelled={"one": 2, "two": 0},
    )


def test_several_manifests_end_with_a_line_of_all_clips(make_answers: MakeAnswers) -> None:
    found = tables.manifests(evaluation(make_answers))
    assert found.count('<th scope="row">') == 3
    assert found.index(">one<") < found.index(">two<") < found.index(">all clips<")


def test_a_system_that_is_missing_says_why_over_the_whole_line(make_answers: MakeAnswers) -> None:
    found = tables.standings(evaluation(make_answers))
    assert 'colspan="6">not there: not installed' in found
    assert "knows the speaker" in found


def test_clips_left_out_are_counted_by_reason_and_listed_up_to_a_limit(make_answers: MakeAnswers) -> None:
    found = tables.left_out(evaluation(make_answers, unreadable=tables.LISTED + 5))
    assert "2 clips" in found and f"{tables.LISTED + 5} clips" in found
    assert found.count(".flac") == tables.LISTED
