"""What an encoder file says of itself survives being written, and a card that is not whole is refused."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.messages import EMOTIONS
from tonewatch.workers.encoder import Calibration, Card, Uncertainty
from tonewatch.workers.encoder.card import LONG_S, SHORT_S, read_card

CARD = Card(
    name="tiny",
    labels=EMOTIONS,
    commit="abc",
    calibration=Calibration(0.3, -0.2),
    uncertainty=Uncertainty((0.1, -1.0, -0.2, 0.4), 0.7),
    space="space-1",
    data=("emodb", "nemo"),
    licence="CC BY 4.0",
)


def test_a_card_is_read_back_as_it_was_written() -> None:
    assert read_card(CARD.properties()) == CARD


def test_a_file_under_the_former_name_of_the_uncertainty_is_read() -> None:
    properties = CARD.properties()
    properties["doubt"] = properties.pop("uncertainty")
    assert read_card(properties) == CARD


@pytest.mark.parametrize("labels", ['["happy", "angry", "neutral", "sad"]', '["angry"]'])
def test_other_emotions_or_another_order_are_refused(labels: str) -> None:
    with pytest.raises(ValueError, match="labels"):
        read_card(CARD.properties() | {"labels": labels})


@pytest.mark.parametrize("calibration", ["[0.3]", "[0.3, NaN]", "[0.3, Infinity]"])
def test_a_calibration_that_is_not_whole_is_refused(calibration: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        read_card(CARD.properties() | {"calibration": calibration})


def test_a_missing_property_is_named() -> None:
    properties = CARD.properties()
    del properties["space"]
    with pytest.raises(KeyError, match="space"):
        read_card(properties)


def test_the_temperature_follows_the_length_between_the_lengths_it_was_fitted_for() -> None:
    seconds = np.array([0.1, SHORT_S, 2.0, LONG_S, 9.0])
    found = CARD.calibration.temperature(seconds)
    assert found[0] == found[1] > found[2] > found[3] == found[4]
    assert found[2] == pytest.approx(np.exp(0.3 - 0.2 * np.log(2.0)))


def test_the_uncertainty_falls_with_the_largest_probability_and_rises_with_strangeness() -> None:
    seconds, near = np.full(2, 2.0), np.full(2, 1.0)
    unsure, sure = CARD.uncertainty.score(np.array([0.4, 0.9]), seconds, near)
    common, strange = CARD.uncertainty.score(np.full(2, 0.7), seconds, np.array([1.0, 50.0]))
    assert 0 < sure < unsure < 1
    assert common < strange


def test_a_probability_of_one_and_a_distance_of_zero_have_a_score() -> None:
    assert np.isfinite(CARD.uncertainty.score(np.array([1.0, 0.0]), np.full(2, 1.0), np.zeros(2))).all()
