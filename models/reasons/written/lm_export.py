"""A trained adapter as GGUF, as llama.cpp reads it beside its base (`TONEWATCH_LLM_ADAPTER`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from tonewatch.models.reasons.written.lora import LoraShape
from tonewatch.workers.reasons.compact import FORM, FORM_KEY

_NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
"""By the name in transformers, that in llama.cpp."""

_NAME = re.compile(r"model\.layers\.(\d+)\.([\w.]+)\.([ab])")


def export_adapter(
    state: dict[str, Tensor], shape: LoraShape, heads: int, kv_heads: int, about: dict[str, str], file: Path
) -> None:
    """Write the adapter in float16. `heads`, `kv_heads`: of the base's attention; `about`: name and licence."""
    import gguf

    fresh = file.with_suffix(".part")
    writer = gguf.GGUFWriter(fresh, "llama")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", shape.alpha)
    writer.add_string(FORM_KEY, FORM)
    writer.add_name(about["name"])
    writer.add_license(about["licence"])
    for name, tensor in gguf_tensors(state, heads, kv_heads):
        writer.add_tensor(name, tensor.to(torch.float16).contiguous().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    fresh.replace(file)


def gguf_tensors(state: dict[str, Tensor], heads: int, kv_heads: int) -> Iterator[tuple[str, Tensor]]:
    """By the names of llama.cpp: A (rank, in), B (out, rank)."""
    rows = {"attn_q": heads, "attn_k": kv_heads}
    for name, tensor in state.items():
        match = _NAME.fullmatch(name)
        if match is None:
            raise ValueError(f"{name} is no adapter of a block")
        block, layer, side = match.groups()
        there = _NAMES[layer]
        # llama.cpp rotates neighbouring rows of a head, transformers its halves: B's rows are put in that order.
        ordered = interleaved(tensor, rows[there]) if side == "b" and there in rows else tensor
        yield f"blk.{block}.{there}.weight.lora_{side}", ordered


def interleaved(rows: Tensor, heads: int) -> Tensor:
    """Rows (heads * width, n) of each head: those of its first half and of its second one by turns."""
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, rows.shape[1])
    return halves.swapaxes(1, 2).reshape(rows.shape)
