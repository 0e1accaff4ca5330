"""What a browser loads before the review desk is painted, and what it loads only when somebody asks for it."""

from __future__ import annotations

import gzip
import re

import pytest

from tonewatch.dashboard.assets import HOW_TO_BUILD, STATIC, is_built

pytestmark = pytest.mark.skipif(not is_built(), reason=HOW_TO_BUILD)

MOST_BYTES = 200_000


def loaded() -> dict[str, bytes]:
    """The page and all that it names, by path."""
    page = (STATIC / "review" / "index.html").read_bytes()
    named = re.findall(rb'(?:src|href)="/([^"]+)"', page)
    return {"review/index.html": page, **{one.decode(): (STATIC / one.decode()).read_bytes() for one in named}}


def test_the_first_paint_is_under_200_kb_gzip() -> None:
    assert sum(len(gzip.compress(content)) for content in loaded().values()) < MOST_BYTES


def test_the_spectrogram_is_loaded_when_it_is_asked_for() -> None:
    chunks = {path.relative_to(STATIC).as_posix() for path in STATIC.glob("assets/spectrum-*.js")}
    assert len(chunks) == 1
    assert not chunks & loaded().keys()
