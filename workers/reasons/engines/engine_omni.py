"""EmotionThinker (arXiv 2601.15668), or another Qwen2.5-Omni: listens to the caller's voice and reads the facts.

It answers in its own form, `<think>...</think><answer>label</answer>` with nine labels and no confidence; both are
converted here. Its labels are of one clip, without the caller's baseline; its claims are checked like those of any
other reason, and it confirms an alert only where a measured fact agrees (`decide.py`).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

from tonewatch.stream.errors import DependencyError, ModelError
from tonewatch.stream.messages import Emotion, FactsTable, ModelRef
from tonewatch.workers.reasons.engines.batching import Batcher
from tonewatch.workers.reasons.engines.engine import Completion, EngineUnavailable, Request, Samples
from tonewatch.workers.reasons.engines.engine_torch import ref_of
from tonewatch.workers.reasons.prompt import render

HUB_ID = "ddwang2000/EmotionThinker"
RATE_HZ = 16_000
LONGEST_S = 30
ASSUMED_CONFIDENCE = 0.7
"""The model gives no confidence; this is about its accuracy on clips (68.9 % over four corpora, by its paper)."""

LABELS: dict[str, tuple[Emotion, str]] = {
    "neutral": ("neutral", "no"),
    "happy": ("happy", "no"),
    "sad": ("sad", "yes"),
    "angry": ("angry", "yes"),
    "contempt": ("angry", "yes"),
    "disgust": ("angry", "yes"),
    "confused": ("neutral", "unsure"),
    "whisper": ("neutral", "unsure"),
    "surprise": ("neutral", "unsure"),
    "fear": ("sad", "yes"),
}
"""Its nine labels (contempt or disgust is one of them) to our emotion and whether the tone degraded."""

INSTRUCTION = (
    "Listen to the caller, read what was measured against this caller's usual voice, and reason about pitch, loudness,"
    " speaking rate, stress, melody and the words. Speak only of what is measured or said. Answer in the form"
    " <think>...</think><answer>label</answer>, label one of neutral, happy, sad, angry, contempt or disgust, confused,"
    " whisper, surprise, fear.\n"
)
_SHAPE = re.compile(r"(?:<think>)?(?P<think>.*?)</think>\s*<answer>(?P<answer>.*?)</answer>", re.DOTALL | re.IGNORECASE)


class OmniEngine:
    """`model` is the thinker of a Qwen2.5-Omni, `processor` turns a prompt and samples into its inputs."""

    def __init__(self, model: Any, processor: Any, ref: ModelRef) -> None:  # noqa: ANN401
        self._model = model.eval()
        self._processor = processor
        self._ref = ref
        self._batcher = Batcher(self._write, ref.name, 4)

    @classmethod
    async def load(cls, name: str = "", *, device: str = "cuda") -> OmniEngine:
        """By hub id (EmotionThinker where none is given) or folder.

        Raises:
            DependencyError: torch or transformers is missing.
            ModelError: there are no such weights, or no such device.
        """
        return await asyncio.to_thread(lambda: cls(*_load(name or HUB_ID, device)))

    @property
    def ref(self) -> ModelRef:
        return self._ref

    async def complete(self, request: Request, *, deadline_s: float) -> Completion:
        """As `Engine.complete`; needs the request's audio."""
        if request.audio is None:
            raise EngineUnavailable(f"{self._ref.name} listens, and the request has no audio.")
        # Converted before it leaves the engine, so that one parser serves every model.
        done = await self._batcher.complete(request, deadline_s=deadline_s)
        return Completion(ours(done.text), done.tokens, done.seconds)

    async def aclose(self) -> None:
        """Wait for the thread and let the weights go."""
        await self._batcher.aclose()
        self._model = None

    def _write(self, requests: Sequence[Request], stop: Callable[[], bool]) -> list[tuple[str, int]]:
        import torch
        from transformers import StoppingCriteriaList

        inputs = self._processor(
            text=[prompt(request.facts) for request in requests],
            audio=[_cut(request.audio) for request in requests if request.audio is not None],
            sampling_rate=RATE_HZ,
            return_tensors="pt",
            padding=True,
        ).to(self._model.device)
        length = inputs["input_ids"].shape[1]
        criteria = StoppingCriteriaList([lambda ids, _scores, **_: torch.full((len(ids),), stop(), device=ids.device)])
        with torch.inference_mode():
            written = self._model.generate(
                **inputs,
                max_new_tokens=max(request.max_tokens for request in requests),
                do_sample=False,
                stopping_criteria=criteria,
            )
        tokenizer = self._processor.tokenizer
        # The generated rows begin with the prompt, and shorter ones end in padding.
        fresh = [row[length:] for row in written]
        texts = [str(tokenizer.decode(row, skip_special_tokens=True)) for row in fresh]
        return [(text, int((row != tokenizer.pad_token_id).sum())) for text, row in zip(texts, fresh, strict=True)]


def prompt(facts: FactsTable | None) -> str:
    """In the chat form of Qwen2.5-Omni, the audio before the facts."""
    written = f"\n{render(facts)}" if facts is not None else ""
    return (
        "<|im_start|>user\n<|audio_bos|><|AUDIO|><|audio_eos|>"
        f"{INSTRUCTION}{written}<|im_end|>\n<|im_start|>assistant\n<think>"
    )


def ours(text: str) -> str:
    """Its answer in our form; a text without one of its labels stays as it is, and is malformed.

    >>> ours("Loud and sharp.</think><answer>contempt or disgust</answer>").splitlines()[-1]
    '<answer>angry; degraded yes; confidence 0.7</answer>'
    """
    found = _SHAPE.search(text)
    if found is None:
        return text
    name = next((label for label in LABELS if label in found["answer"].lower()), None)
    if name is None:
        return text
    emotion, degraded = LABELS[name]
    return (
        f"<think>{found['think'].strip()}</think>\n"
        f"<answer>{emotion}; degraded {degraded}; confidence {ASSUMED_CONFIDENCE}</answer>"
    )


def _cut(samples: Samples) -> Samples:
    # The newest audio: what the moment is about lies at its end.
    return samples[-LONGEST_S * RATE_HZ :]


def _load(name: str, device: str) -> tuple[Any, Any, ModelRef]:
    try:
        import torch
        import transformers
    except ImportError as error:
        raise DependencyError("torch or transformers is missing: pip install 'tonewatch[train]'.") from error
    try:
        kinds: Any = transformers
        processor = kinds.Qwen2_5OmniProcessor.from_pretrained(name)
        whole = kinds.Qwen2_5OmniForConditionalGeneration.from_pretrained(
            name, dtype=torch.bfloat16 if device != "cpu" else torch.float32
        )
        # Only the part that takes text and audio and writes text; the model has a speech generator too, unused here.
        thinker = whole.thinker.to(device)
    except (OSError, ValueError, RuntimeError) as error:
        raise ModelError(f"{name}: cannot be loaded onto {device} ({error}).") from error
    return thinker, processor, ref_of(name, whole.config.to_json_string(), on_gpu=thinker.device.type == "cuda")
