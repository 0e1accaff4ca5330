from __future__ import annotations

import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tonewatch.models.shipped_weights import folder
from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import Posterior
from tonewatch.stream.messages.posterior import EMOTIONS
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.service.posterior_drift import (
    BINS,
    PosteriorDrift,
    Reference,
    bin_of,
    count,
    read_reference,
    stability_index,
)
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import posterior_reference_file, relative_head_file

CALM = Posterior(angry=0.05, happy=0.15, neutral=0.75, sad=0.05)
SAD = Posterior(angry=0.05, happy=0.05, neutral=0.15, sad=0.75)
HISTOGRAM = st.lists(st.integers(0, 10_000), min_size=BINS, max_size=BINS)


@pytest.mark.parametrize(("share", "found"), [(0.0, 0), (0.0999, 0), (0.1, 1), (0.95, 9), (1.0, 9)])
def test_a_share_falls_into_one_of_ten_bins(share: float, found: int) -> None:
    assert bin_of(share) == found


def test_the_index_of_two_bins_is_that_of_the_formula() -> None:
    # 80 to 20 against 50 to 50, half a segment in each bin: p = 80.5 / 101, q = 50.5 / 101.
    p, q = 80.5 / 101, 50.5 / 101
    expected = (p - q) * math.log(p / q) + (q - p) * math.log((1 - p) / (1 - q))
    assert stability_index([80, 20], [50, 50]) == pytest.approx(expected)


@given(HISTOGRAM, HISTOGRAM)
def test_the_index_is_never_negative_and_the_same_both_ways(one: list[int], other: list[int]) -> None:
    index = stability_index(one, other)
    assert index >= -1e-12 and index == pytest.approx(stability_index(other, one))


@given(HISTOGRAM)
def test_like_histograms_have_an_index_of_nothing(one: list[int]) -> None:
    assert stability_index(one, one) == 0.0


def drifting(metrics: Metrics, **options: int) -> PosteriorDrift:
    reference = Reference(space="s", made_from="a test", segments=400, counts=count([CALM] * 400))
    return PosteriorDrift(reference, metrics, **options)


def index(metrics: Metrics, emotion: str) -> float | None:
    return metrics.registry.get_sample_value("tonewatch_posterior_psi", {"emotion": emotion})


def test_nothing_is_told_of_few_segments_and_little_while_all_is_as_it_was() -> None:
    metrics = Metrics()
    drift = drifting(metrics, least=100, every=1)
    for _ in range(99):
        drift.see(CALM)
    assert index(metrics, "sad") is None
    drift.see(CALM)
    assert all((index(metrics, emotion) or 0.0) < 0.1 for emotion in EMOTIONS)


def test_other_voices_move_the_index_and_it_falls_again_when_they_have_left_the_window() -> None:
    metrics = Metrics()
    drift = drifting(metrics, window=200, least=100, every=1)
    for _ in range(200):
        drift.see(SAD)
    assert (index(metrics, "sad") or 0.0) > 0.25
    for _ in range(200):
        drift.see(CALM)
    assert (index(metrics, "sad") or 1.0) < 0.1
    assert metrics.registry.get_sample_value("tonewatch_posterior_window_segments") == 200


@pytest.mark.parametrize("weights", ["full", "commercial"])
def test_the_shipped_references_are_of_the_shipped_weights(weights: str) -> None:
    reference = read_reference(posterior_reference_file(weights, folder()))
    assert reference.space == load_head(relative_head_file(weights, folder())).space
    assert all(sum(bins) == reference.segments > 100 for bins in reference.counts.values())


@pytest.mark.parametrize("broken", [b"", b"{}", b'{"space":"s","made_from":"","segments":1,"counts":{"sad":[1]}}'])
def test_a_file_that_is_no_reference_is_refused(tmp_path: Path, broken: bytes) -> None:
    file = tmp_path / "reference.json"
    file.write_bytes(broken)
    with pytest.raises(ModelError, match=r"reference\.json"):
        read_reference(file)


def test_a_reference_goes_to_json_and_back(tmp_path: Path) -> None:
    reference = Reference(space="s", made_from="a test", segments=2, counts=count([CALM, SAD]))
    file = tmp_path / "reference.json"
    file.write_bytes(msgspec.json.encode(reference))
    assert read_reference(file) == reference
