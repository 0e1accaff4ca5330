"""Qwen2.5-Omni's thinker with tiny random weights, and what EmotionThinker writes brought to our form."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tonewatch.stream.errors import ModelError
from tonewatch.stream.messages import ModelRef
from tonewatch.workers.reasons.answer import parse
from tonewatch.workers.reasons.engines.engine import EngineUnavailable, Request
from tonewatch.workers.reasons.engines.engine_omni import LABELS, RATE_HZ, OmniEngine, ours, prompt

from ...claims import TABLES


@pytest.mark.parametrize("label", ["neutral", "happy", "contempt or disgust", "whisper", "fear", "Surprise"])
def test_each_of_its_labels_is_an_answer_of_ours(label: str) -> None:
    answer = parse(ours(f"The pitch is higher.</think>\n<answer>{label}</answer>"))
    assert answer is not None
    assert answer.reason == "The pitch is higher."
    assert (answer.label, answer.degraded) == (
        LABELS[label.split()[0].lower()][0],
        {"yes": True, "no": False, "unsure": None}[LABELS[label.split()[0].lower()][1]],
    )


@pytest.mark.parametrize("text", ["", "no tags", "<think>Loud.</think><answer>bored</answer>"])
def test_anything_else_stays_as_it_is_and_is_no_answer(text: str) -> None:
    assert ours(text) == text
    assert parse(ours(text)) is None


def test_the_prompt_has_the_audio_first_and_the_facts() -> None:
    text = prompt(TABLES["boiling"])
    assert text.index("<|AUDIO|>") < text.index("Facts:")
    assert text.endswith("<think>")


def tokenizer(transformers: Any) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    special = ["<|endoftext|>", "<|AUDIO|>", "<|audio_bos|>", "<|audio_eos|>", "<|im_start|>", "<|im_end|>"]
    special += ["<|IMAGE|>", "<|VIDEO|>", "<|vision_bos|>", "<|vision_eos|>"]
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    model = Tokenizer(models.BPE({c: n for n, c in enumerate(alphabet)}, []))
    model.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    model.decoder = decoders.ByteLevel()
    model.add_special_tokens(special)
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_object=model, pad_token="<|endoftext|>", eos_token="<|im_end|>", padding_side="left"
    )
    names = ("audio", "audio_bos", "audio_eos", "image", "video", "vision_bos", "vision_eos")
    for name, token in zip(names, [*special[1:4], *special[6:]], strict=True):
        setattr(made, f"{name}_token", token)
        setattr(made, f"{name}_token_id", made.convert_tokens_to_ids(token))
    return made


class Processor:
    """The published processor's text and audio parts, with a tokenizer of bytes."""

    def __init__(self, transformers: Any) -> None:
        self.tokenizer = tokenizer(transformers)
        self._listen = transformers.WhisperFeatureExtractor(feature_size=16, n_fft=400, hop_length=160)

    def __call__(self, text: list[str], audio: list[Any], sampling_rate: int, **how: Any) -> Any:
        heard = self._listen(
            audio, sampling_rate=sampling_rate, return_attention_mask=True, padding="max_length", return_tensors="pt"
        )
        lengths = [((int(n) - 1) // 2 + 1 - 2) // 2 + 1 for n in heard["attention_mask"].sum(-1)]
        told = [t.replace("<|AUDIO|>", "<|AUDIO|>" * n) for t, n in zip(text, lengths, strict=True)]
        made = self.tokenizer(told, return_tensors="pt", padding=True)
        made.pop("token_type_ids", None)
        made["input_features"] = heard["input_features"]
        made["feature_attention_mask"] = heard["attention_mask"]
        return made


def tiny(transformers: Any, words: Any) -> Any:
    audio = {
        "num_mel_bins": 16,
        "d_model": 16,
        "encoder_layers": 1,
        "encoder_attention_heads": 2,
        "encoder_ffn_dim": 32,
        "output_dim": 32,
        "n_window": 20,
    }
    text = {
        "vocab_size": len(words),
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "rope_parameters": {"rope_type": "default", "mrope_section": [2, 3, 3], "rope_theta": 10000.0},
    }
    vision = {"depth": 1, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 32}
    config = transformers.Qwen2_5OmniThinkerConfig(
        audio_config=audio,
        text_config=text,
        vision_config=vision,
        audio_token_index=words.audio_token_id,
        audio_start_token_id=words.audio_bos_token_id,
        audio_end_token_id=words.audio_eos_token_id,
        image_token_index=words.image_token_id,
        video_token_index=words.video_token_id,
        vision_start_token_id=words.vision_bos_token_id,
        vision_end_token_id=words.vision_eos_token_id,
        pad_token_id=words.pad_token_id,
    )
    return transformers.Qwen2_5OmniThinkerForConditionalGeneration(config)


def heard(pitch_hz: float, seconds: float) -> Any:
    return np.sin(2 * np.pi * pitch_hz * np.arange(int(seconds * RATE_HZ)) / RATE_HZ).astype(np.float32)


@pytest.mark.train
async def test_random_weights_listen_and_each_call_of_a_batch_gets_what_it_gets_alone(timeout_factor: float) -> None:
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    torch.manual_seed(0)
    processor = Processor(transformers)
    model = tiny(transformers, processor.tokenizer)
    for weights in model.parameters():
        # As they are made, random weights say the same whatever comes in.
        if weights.dim() > 1:
            torch.nn.init.normal_(weights, std=0.3)
    engine = OmniEngine(model, processor, ModelRef(name="tiny", version="0"))
    asked = [
        Request("", max_tokens=12, facts=TABLES[name], audio=heard(pitch_hz, seconds))
        for name, pitch_hz, seconds in (("boiling", 150, 1.0), ("boiling", 3000, 1.0), ("flat", 150, 1.6))
    ]
    together = await asyncio.gather(*(engine.complete(one, deadline_s=300 * timeout_factor) for one in asked))
    alone = [await engine.complete(one, deadline_s=300 * timeout_factor) for one in asked]
    await engine.aclose()
    assert [one.text for one in together] == [one.text for one in alone]
    assert all(1 <= one.tokens <= 12 for one in together)
    assert len({one.text for one in together}) == 3, "neither voice nor facts are to be without effect"


async def test_without_audio_it_is_not_asked() -> None:
    class Silent:
        def eval(self) -> Silent:
            return self

    engine = OmniEngine(Silent(), None, ModelRef(name="silent", version="0"))
    with pytest.raises(EngineUnavailable, match="no audio"):
        await engine.complete(Request("Facts:"), deadline_s=1)
    await engine.aclose()


@pytest.mark.train
async def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    pytest.importorskip("transformers")
    with pytest.raises(ModelError, match="nothing-here"):
        await OmniEngine.load(str(tmp_path / "nothing-here"), device="cpu")
