from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.workers.reasons.engines.model_files import assemble, cache_dir

WHOLE = b"a model in two parts"
SHA256 = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    for name, data in (("one", WHOLE[:7]), ("two", WHOLE[7:])):
        (tmp_path / name).write_bytes(data)
    return [tmp_path / "one", tmp_path / "two"]


def test_parts_are_joined_once_and_then_found(parts: list[Path], tmp_path: Path) -> None:
    target = tmp_path / "cache" / "model.gguf"
    assert assemble(parts, target, SHA256).read_bytes() == WHOLE
    first = target.stat().st_mtime_ns
    assert assemble(parts, target, SHA256).stat().st_mtime_ns == first
    assert sorted(p.name for p in target.parent.iterdir()) == ["model.gguf", "model.sha256"]


def test_a_file_cut_short_is_written_again(parts: list[Path], tmp_path: Path) -> None:
    target = assemble(parts, tmp_path / "model.gguf", SHA256)
    target.write_bytes(WHOLE[:5])
    assert assemble(parts, target, SHA256).read_bytes() == WHOLE


def test_parts_of_another_model_are_refused_and_leave_nothing(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="install its package again"):
        assemble(parts, tmp_path / "cache" / "model.gguf", "0" * 64)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_missing_part_is_named(parts: list[Path], tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match="three"):
        assemble([*parts, tmp_path / "three"], tmp_path / "model.gguf", SHA256)


def test_the_cache_follows_the_environment(tmp_path: Path) -> None:
    assert cache_dir({"XDG_CACHE_HOME": str(tmp_path)}) == tmp_path / "tonewatch"
    assert cache_dir({}) == Path.home() / ".cache" / "tonewatch"
