from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.errors import DependencyError
from tonewatch.workers.reasons.engines.engine_compact import is_compact

from .test_collect import moment
from .test_validate import RIGHT
from .tiny_llama import tiny_llama, write_gguf

for package in ("torch", "transformers", "accelerate", "gguf"):
    pytest.importorskip(package, reason=f"no {package}: pip install 'tonewatch[train]'")

from tonewatch.models.reasons.written.lm_run import run  # noqa: E402
from tonewatch.models.reasons.written.lm_sft import LmRecipe  # noqa: E402
from tonewatch.models.reasons.written.lora import LoraShape  # noqa: E402

QUICK = LmRecipe(steps=2, batch=2, every=1, lora=LoraShape(rank=2, alpha=4.0))


def test_files_of_a_folder_and_a_base_become_an_adapter_of_the_compact_form(tmp_path: Path) -> None:
    write_gguf(tiny_llama(), tmp_path / "base.gguf")
    names = ("t1", "t2")
    (tmp_path / "moments.jsonl").write_bytes(b"\n".join(msgspec.json.encode(moment(name)) for name in names))
    right = (msgspec.structs.replace(RIGHT, id=name) for name in names)
    (tmp_path / "written.jsonl").write_bytes(b"\n".join(msgspec.json.encode(one) for one in right))
    told: list[str] = []
    adapter = run(tmp_path, tmp_path / "base.gguf", QUICK, tmp_path / "work", told.append)
    assert is_compact(adapter)
    assert told[0].startswith("2 to train on, 0 held out")
    assert told[-1].startswith("step 2: loss ")


def test_a_folder_without_writings_is_told_with_the_page_for_writers(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"WRITING\.md"):
        run(tmp_path, None, QUICK, tmp_path, lambda _: None)
