"""A head that knows its space and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tonewatch.stream.tone.model.relative_head import RelativeHead


@pytest.fixture
def head() -> RelativeHead:
    zeros = {
        "hidden": (np.zeros((1, 9), dtype=np.float32), np.zeros(1, dtype=np.float32)),
        "emotion": (np.zeros((4, 1), dtype=np.float32), np.zeros(4, dtype=np.float32)),
        "degraded": (np.zeros((1, 1), dtype=np.float32), np.zeros(1, dtype=np.float32)),
    }
    return RelativeHead("this", zeros, 1.0)
