from __future__ import annotations

import numpy as np
import pytest

from tonewatch.models.prosody import praat
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.pitch import FLOOR_HZ

from .conftest import buzz


def test_praat_reads_what_was_put_in() -> None:
    pytest.importorskip("parselmouth")
    reading = praat.read(buzz(150.0), 16_000)
    assert reading.f0_median_st == pytest.approx(12 * np.log2(150 / FLOOR_HZ), abs=0.1)
    assert reading.syllables_per_s == pytest.approx(5 / 1.6, rel=0.2)
    assert reading.pause_share == pytest.approx(0.2, abs=0.06)


def test_without_praat_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "parselmouth", None)
    with pytest.raises(DependencyError, match="pip install praat-parselmouth"):
        praat.load()
