"""Tiny made-up trees in the published layouts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile


@pytest.fixture
def sounds(tmp_path: Path) -> Callable[..., Path]:
    """Writes a tenth of a second of audio to each path under a folder, and says the folder."""

    def write(*names: str) -> Path:
        for name in names:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.full(1600, 0.1), 16_000)
        return tmp_path

    return write


@pytest.fixture
def text(tmp_path: Path) -> Callable[..., None]:
    """Writes a text file under the same folder."""

    def write(name: str, content: str, encoding: str = "utf-8") -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding=encoding)

    return write
