"""The shipped explainer's session: batches, samples and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.small import BEFORE, SmallExplainer, left_padded, with_before

from ...claims import TABLES

pytest.importorskip("onnxruntime", reason="no onnxruntime: pip install 'tonewatch[cpu]'")


@pytest.fixture(scope="module")
def explainer() -> SmallExplainer:
    return SmallExplainer()


def test_a_batch_writes_what_each_table_gets_alone(explainer: SmallExplainer) -> None:
    names = sorted(TABLES)
    alone = [explainer.write([TABLES[name]])[0] for name in names]
    assert explainer.write([TABLES[name] for name in names]) == alone
    assert all(parse(text) is not None and count > 10 for text, count in alone)


def test_a_seed_gives_the_same_sample_again_and_another_seed_another(explainer: SmallExplainer) -> None:
    one, again, other = (explainer.write([TABLES["boiling"]] * 4, seed=seed) for seed in (1, 1, 2))
    assert one == again != other
    assert len({text for text, _ in one}) > 1
    assert all(parse(text) is not None for text, _ in one)


def test_a_stop_ends_after_the_symbol_that_is_being_written(explainer: SmallExplainer) -> None:
    asked: list[int] = []

    def stop() -> bool:
        asked.append(1)
        return len(asked) > 3

    [(text, count)] = explainer.write([TABLES["boiling"]], stop)
    assert count == 3
    assert parse(text) is None


def test_rows_are_padded_on_the_left() -> None:
    ids, mask = left_padded([[5], [6, 7, 8]])
    assert ids.tolist() == [[0, 0, 5], [6, 7, 8]]
    assert mask.tolist() == [[False, False, True], [True, True, True]]


def test_each_symbol_comes_with_those_before_it() -> None:
    found = with_before(np.array([[4, 5, 6]]))
    assert found.shape == (1, 3, 1 + BEFORE)
    assert found[0].tolist() == [[4, 0, 0], [5, 4, 0], [6, 5, 4]]


def test_a_file_that_is_missing_or_no_explainer_is_named(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="nowhere"):
        SmallExplainer(tmp_path / "nowhere.onnx")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(ModelError, match="broken"):
        SmallExplainer(broken)
