"""A training from the files of a folder to an adapter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from tonewatch.models.output import make_folder
from tonewatch.models.reasons.written.lm_base import base_file, load_base
from tonewatch.models.reasons.written.lm_examples import LmExample, encode
from tonewatch.models.reasons.written.lm_export import export_adapter
from tonewatch.models.reasons.written.lm_sft import LmRecipe, train
from tonewatch.models.reasons.written.lora import adapter_state
from tonewatch.models.reasons.written.validate import right_writings
from tonewatch.models.reasons.written.written_moment import Writing, WrittenMoment, read_moments
from tonewatch.stream.errors import DependencyError

ADAPTER = "adapter.gguf"
LICENCE = "Apache-2.0 (base); learned from facts of voices under CC BY-NC-SA 4.0 and others: research and evaluation"
Pair = tuple[WrittenMoment, Writing]


def pairs_in(folder: Path) -> list[Pair]:
    """Every right writing with its moment: `moments*.jsonl[.gz]` and `written*.jsonl[.gz]` of the folder.

    Raises:
        DependencyError: there is none.
    """
    moments = read_moments(sorted(folder.glob("moments*.jsonl*")))
    pairs = right_writings(sorted(folder.glob("written*.jsonl*")), moments)
    if not pairs:
        raise DependencyError(f"{folder}: no writing that its moments bear out; see models/reasons/written/WRITING.md")
    return pairs


def run(folder: Path, base: Path | None, recipe: LmRecipe, work: Path, say: Callable[[str], None]) -> Path:
    """Train on the moments of the split `train`, show the loss on `held_out`, and write the adapter.

    Raises:
        DependencyError: no data, or no base.
        ModelError: the base cannot be read.
        StoreError: the folder cannot be written.
    """
    pairs = pairs_in(folder)
    file = base_file(base)
    make_folder(work)
    model, tokeniser = load_base(file)
    examples = [encode(moment, writing, lambda text: list(tokeniser(text).input_ids)) for moment, writing in pairs]
    trained, held_out = _split(pairs, examples, "train"), _split(pairs, examples, "held_out")
    longest = max(one.length for one in examples)
    say(f"{len(trained)} to train on, {len(held_out)} held out, at most {longest} tokens each")
    # A GGUF file may name no padding; whatever stands there is masked.
    train(model, trained, held_out, recipe, work, say, tokeniser.pad_token_id or 0)
    heads, kv_heads = model.config.num_attention_heads, model.config.num_key_value_heads
    about = {"name": f"tonewatch-reasons on {file.stem} {_digest(file)}", "licence": LICENCE}
    export_adapter(adapter_state(model), recipe.lora, heads, kv_heads, about, work / ADAPTER)
    return work / ADAPTER


def _split(pairs: Sequence[Pair], examples: Sequence[LmExample], split: str) -> list[LmExample]:
    return [example for (moment, _), example in zip(pairs, examples, strict=True) if moment.split == split]


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
