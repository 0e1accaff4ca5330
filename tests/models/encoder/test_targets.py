from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs torch: make test EXTRAS=train")

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8, Clip  # noqa: E402
from tonewatch.models.encoder.targets import head_loss, targets_of  # noqa: E402

pytestmark = pytest.mark.train


def clip(word8: str, arousal: float | None = None, valence: float | None = None) -> Clip:
    word4 = word8 if word8 in EMOTIONS else ""
    return Clip(
        Path("x"), "made", "s", "", word8, word4, "en", "", 1.0, emotion8=word8, arousal=arousal, valence=valence
    )


@pytest.mark.parametrize(
    ("word", "four", "degraded"),
    [
        ("angry", "angry", 1.0),
        ("sad", "sad", 1.0),
        ("neutral", "neutral", 0.0),
        ("happy", "happy", 0.0),
        ("calm", "neutral", 0.0),
        ("fearful", None, 1.0),
        ("disgust", None, 1.0),
        ("surprised", None, None),
    ],
)
def test_each_of_the_eight_emotions_teaches_what_its_label_says(
    word: str, four: str | None, degraded: float | None
) -> None:
    targets = targets_of([clip(word)], ("emotion", "eight", "degraded"))
    wanted = {name: value[0].tolist() for name, value in targets.wanted.items()}
    counts = {name: value[0].item() for name, value in targets.counts.items()}
    assert wanted["eight"] == [float(word == one) for one in EMOTIONS8]
    assert wanted["emotion"] == [float(four == one) for one in EMOTIONS]
    assert counts["emotion"] == float(four is not None)
    assert (wanted["degraded"], counts["degraded"]) == ([degraded or 0.0], float(degraded is not None))


def test_arousal_and_valence_count_where_both_were_rated() -> None:
    targets = targets_of([clip("sad", 0.2, 0.4), clip("sad", 0.2)], ("affect",))
    assert targets.wanted["affect"][0].tolist() == pytest.approx([0.2, 0.4])
    assert targets.counts["affect"].tolist() == [1.0, 0.0]


def test_what_says_nothing_costs_nothing_whatever_is_answered() -> None:
    targets = targets_of([clip("surprised"), clip("angry")], ("degraded",))
    alone = targets_of([clip("angry")], ("degraded",))
    weights = torch.ones(2)
    loss = head_loss("degraded", torch.tensor([[50.0], [1.0]]), targets, weights)
    assert loss == pytest.approx(head_loss("degraded", torch.tensor([[1.0]]), alone, torch.ones(1)) / 2)


def test_mixed_targets_are_shares_of_both_and_count_only_where_both_do() -> None:
    one, other = (targets_of([clip(word)], ("emotion", "eight")) for word in ("angry", "fearful"))
    mixed = one.mixed(other, 0.75)
    assert mixed.wanted["eight"][0, EMOTIONS8.index("angry")] == 0.75
    assert mixed.wanted["eight"][0, EMOTIONS8.index("fearful")] == 0.25
    assert (mixed.counts["emotion"].item(), mixed.counts["eight"].item()) == (0.0, 1.0)


@pytest.mark.parametrize("name", ["emotion", "eight", "degraded"])
def test_the_right_answer_costs_less_than_the_wrong_one(name: str) -> None:
    targets = targets_of([clip("sad")], (name,))
    right = 8.0 * targets.wanted[name] - 4.0
    assert head_loss(name, right, targets, torch.ones(1)) < head_loss(name, -right, targets, torch.ones(1))
