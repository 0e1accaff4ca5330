"""A Llama of random weights, in torch and as a GGUF file with a tokeniser of single bytes."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

BLOCKS, HEADS, KV_HEADS, WIDTH, INNER = 2, 4, 2, 64, 96
_PLACES = {
    "self_attn.q_proj": ("attn_q", HEADS),
    "self_attn.k_proj": ("attn_k", KV_HEADS),
    "self_attn.v_proj": ("attn_v", 0),
    "self_attn.o_proj": ("attn_output", 0),
    "mlp.gate_proj": ("ffn_gate", 0),
    "mlp.up_proj": ("ffn_up", 0),
    "mlp.down_proj": ("ffn_down", 0),
    "input_layernorm": ("attn_norm", 0),
    "post_attention_layernorm": ("ffn_norm", 0),
}


def _byte_symbols() -> list[str]:
    """How GPT-2 writes each byte as a character."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    extra = iter(range(256, 512))
    return [chr(byte if byte in plain else next(extra)) for byte in range(256)]


SYMBOLS = [*_byte_symbols(), "<|im_start|>", "<|im_end|>", "Āā", "āĀ"]


def tiny_llama(seed: int = 0) -> Any:
    import torch

    llama: Any = importlib.import_module("transformers")
    torch.manual_seed(seed)
    model = llama.LlamaForCausalLM(
        llama.LlamaConfig(
            vocab_size=len(SYMBOLS),
            hidden_size=WIDTH,
            intermediate_size=INNER,
            num_hidden_layers=BLOCKS,
            num_attention_heads=HEADS,
            num_key_value_heads=KV_HEADS,
            tie_word_embeddings=True,
            rms_norm_eps=1e-5,
        )
    )
    # Large enough for attention to matter: a fresh network hardly looks back.
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.15)
    return model.eval()


def write_gguf(model: Any, file: Path) -> None:
    """The base, whose rows of queries and keys are put in llama.cpp's order."""
    import gguf

    writer = gguf.GGUFWriter(file, "llama")
    writer.add_block_count(BLOCKS)
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(KV_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10_000.0)
    writer.add_vocab_size(len(SYMBOLS))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(SYMBOLS)
    writer.add_token_types([1] * 256 + [3] * 2 + [1] * 2)
    # Of two bytes that no prompt holds: a tokeniser without merges is not loaded.
    writer.add_token_merges(["Ā ā", "ā Ā"])
    writer.add_bos_token_id(256)
    writer.add_eos_token_id(257)
    writer.add_add_bos_token(False)
    for name, tensor in _tensors(model):
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(model: Any) -> Any:
    from tonewatch.models.reasons.written.lm_export import interleaved

    state = model.state_dict()
    yield "token_embd.weight", state["model.embed_tokens.weight"].numpy()
    yield "output_norm.weight", state["model.norm.weight"].numpy()
    for block in range(BLOCKS):
        for there, (here, heads) in _PLACES.items():
            tensor = state[f"model.layers.{block}.{there}.weight"]
            ordered = interleaved(tensor, heads) if heads else tensor
            yield f"blk.{block}.{here}.weight", ordered.contiguous().numpy()
