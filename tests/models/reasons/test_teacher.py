from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs scikit-learn: make test EXTRAS=train")

from tonewatch.models.degradation.voices import Mood
from tonewatch.models.reasons.teacher import Teacher, TeacherPosterior, features
from tonewatch.stream.messages import Emotion, FactsTable

pytestmark = pytest.mark.train


def test_the_answer_follows_the_probabilities() -> None:
    shares: dict[Emotion, float] = {"angry": 0.3, "happy": 0.6, "sad": 0.05, "neutral": 0.05}
    assert (TeacherPosterior(0.9, shares).answer, TeacherPosterior(0.9, shares).label) == ("yes", "angry")
    assert (TeacherPosterior(0.1, shares).answer, TeacherPosterior(0.1, shares).label) == ("no", "happy")
    assert TeacherPosterior(0.52, shares).answer == "unsure"


def test_a_table_has_one_row_of_finite_features(tables: dict[str, FactsTable]) -> None:
    rows = [features(table) for table in tables.values()]
    assert len({len(row) for row in rows}) == 1
    assert np.isfinite(rows).all()


def test_a_teacher_tells_the_tables_it_was_fitted_on_apart(tables: dict[str, FactsTable]) -> None:
    facts = [tables[name] for name in ("boiling", "sinking", "flat")] * 10
    teacher = Teacher(facts, [True, True, False] * 10, [Mood.ANGRY, Mood.SAD, Mood.CALM] * 10)
    angry, sad, calm = teacher.predict(facts[:3])
    assert [one.answer for one in (angry, sad, calm)] == ["yes", "yes", "no"]
    assert [angry.label, sad.label] == ["angry", "sad"]
    # No happy table was shown: its share is 0, and the shares still sum to 1.
    assert calm.shares["happy"] == 0.0
    assert sum(calm.shares.values()) == pytest.approx(1.0)
