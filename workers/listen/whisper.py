"""Whisper in CTranslate2's form, decoded greedily, without the package `faster-whisper`.

That package depends on the CPU build of onnxruntime, whose files overwrite those of `onnxruntime-gpu` in the same
environment: the CUDA provider of the encoder then disappears without a word. What is used of Whisper here is one greedy
pass a window, for which CTranslate2 needs no tokenizer: it takes and gives tokens as text.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.workers.audio.mel import BANDS, HOP, RATE_HZ, log_mel

WINDOW_FRAMES: Final = 3000
"""Whisper's encoder reads 30 s at a time, no less and no more."""

_START: Final = "<|startoftranscript|>"
_TASK: Final = ("<|transcribe|>", "<|notimestamps|>")


@dataclass(frozen=True, slots=True)
class Decoded:
    """One window's text, with Whisper's own measures of it.

    no_speech_prob     probability that the window holds no speech
    avg_logprob        mean natural log probability of a token, the end's included
    compression_ratio  bytes of the text over its bytes compressed; text that repeats itself is above 2.4
    """

    text: str
    seconds: float
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float


class Whisper:
    """A folder with `model.bin`, `config.json` and the vocabulary, int8 on the CPU. Not for several threads at once.

    Raises:
        ImportError: ctranslate2 is missing.
        RuntimeError, ValueError, OSError: the folder's model does not load, or does not know `language`.
    """

    def __init__(self, folder: Path, *, language: str, threads: int) -> None:
        import ctranslate2

        self._runtime = ctranslate2
        self._model: Any = ctranslate2.models.Whisper(
            str(folder), device="cpu", compute_type="int8", intra_threads=threads, inter_threads=1
        )
        self._bands: int = getattr(self._model, "n_mels", BANDS)
        self._prompt = [_START, _TASK[1]]
        if self._model.is_multilingual:
            token = f"<|{language}|>"
            if token not in vocabulary(folder):
                raise ValueError(f"it does not know the language {language!r}")
            self._prompt = [_START, token, *_TASK]

    def transcribe(self, samples: NDArray[np.float32]) -> Iterator[Decoded]:
        """Audio at 16 kHz, window by window.

        Raises:
            RuntimeError, ValueError: the model fails on it.
        """
        # Ten more milliseconds of silence, as in Whisper's own front end: the last frame is whole, and left out again.
        mel = log_mel(np.pad(samples, (0, HOP)), self._bands)[:, :-1]
        for start in range(0, mel.shape[1], WINDOW_FRAMES):
            yield self._decode(mel[:, start : start + WINDOW_FRAMES])

    def _decode(self, mel: NDArray[np.float32]) -> Decoded:
        window = np.zeros((1, self._bands, WINDOW_FRAMES), dtype=np.float32)
        window[0, :, : mel.shape[1]] = mel
        result = self._model.generate(
            self._runtime.StorageView.from_array(window),
            [self._prompt],
            beam_size=1,
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences[0]
        text = text_of(tokens).strip()
        # CTranslate2 divides the sum of the log probabilities by the tokens; Whisper counts the end's as one of them.
        avg_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return Decoded(
            text=text,
            seconds=mel.shape[1] * HOP / RATE_HZ,
            no_speech_prob=result.no_speech_prob,
            avg_logprob=avg_logprob,
            compression_ratio=compression_ratio(text),
        )


def text_of(tokens: Sequence[str]) -> str:
    """Byte-level tokens as text; tokens in `<|...|>` are marks, not speech.

    >>> text_of(["ĠI", "Ġwant", "Ġto", "Ġcomplain", ".", "<|endoftext|>"])
    ' I want to complain.'
    """
    spoken = "".join(token for token in tokens if not (token.startswith("<|") and token.endswith("|>")))
    return bytes(_BYTES[symbol] for symbol in spoken).decode("utf-8", errors="replace")


def compression_ratio(text: str) -> float:
    """How often a text repeats itself: its bytes over its bytes compressed."""
    data = text.encode()
    return len(data) / len(zlib.compress(data))


def vocabulary(folder: Path) -> list[str]:
    """The tokens of a model in CTranslate2's form.

    Raises:
        OSError: it has none.
    """
    listed = folder / "vocabulary.json"
    if listed.is_file():
        tokens: list[str] = json.loads(listed.read_text(encoding="utf-8"))
        return tokens
    return (folder / "vocabulary.txt").read_text(encoding="utf-8").split("\n")


def _byte_of_each_symbol() -> dict[str, int]:
    """GPT-2's table: printable bytes of Latin-1 stand for themselves, the others for the symbols from 256 on."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + at): byte for at, byte in enumerate(others)}


_BYTES: Final = _byte_of_each_symbol()
