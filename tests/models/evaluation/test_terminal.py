from __future__ import annotations

import io

from rich.console import Console

from tonewatch.models.evaluation.emotion import Unread
from tonewatch.models.evaluation.record import Evaluation, Subject, standing
from tonewatch.models.evaluation.results import Row
from tonewatch.models.evaluation.terminal import SHOWN_UNREADABLE, show

from .conftest import MakeAnswers


def output(make_answers: MakeAnswers, unreadable: int) -> str:
    answers = make_answers([0, 1, 1, 3], [0, 0, 1, 3])
    found = Evaluation(
        subject=Subject("made [x]", "1", "made.onnx", "phone"),
        sets=("made",),
        main=standing(Row("clip alone", "", False, answers), ("made",)),
        beside=(standing(Row("baseline", "", True, answers), ("made",)),),
        references=tuple(standing(Row(name, "", False, missing="no sklearn"), ("made",)) for name in ("svm", "words")),
        unreadable=tuple(Unread("made", f"{n}[1].flac", "no such file") for n in range(unreadable)),
        unlabelled={"made": 3},
    )
    file = io.StringIO()
    show(found, Console(file=file, width=120))
    return file.getvalue()


def test_rows_that_know_the_speaker_are_marked_and_missing_ones_share_their_reason(make_answers: MakeAnswers) -> None:
    text = output(make_answers, 0)
    assert "made [x] 1, phone band" in text
    assert "baseline *" in text
    assert "not there: svm, words: no sklearn" in text


def test_the_first_unreadable_clips_are_named_and_the_others_counted(make_answers: MakeAnswers) -> None:
    text = output(make_answers, SHOWN_UNREADABLE + 4)
    assert f"{SHOWN_UNREADABLE + 4} clips could not be read: {SHOWN_UNREADABLE + 4} no such file" in text
    assert "made: 0[1].flac: no such file" in text
    assert "and 4 more" in text
    assert "made: 3 clips without a label" in text
