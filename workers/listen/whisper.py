"""Whisper in CTranslate2's form, decoded greedily, without the package `faster-whisper`.

That package depends on the CPU build of onnxruntime, whose files overwrite those of `onnxruntime-gpu` in the same
environment: the CUDA provider of the encoder then disappears without a word. What is used of Whisper here is one greedy
pass a window, for which CTranslate2 needs no tokenizer: it takes and gives tokens as text. A second pass over the
tokens that were found aligns them with the audio and tells the probability of each.
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

AUTO: Final = "auto"
ENGLISH: Final = "en"

_ALIGNED_S: Final = 0.02
"""Two frames of the spectrogram are one of the encoder's."""

_START: Final = "<|startoftranscript|>"
_TASK: Final = ("<|transcribe|>", "<|notimestamps|>")


@dataclass(frozen=True, slots=True)
class DecodedWord:
    """One word; seconds from the start of the audio. `probability`: of its least likely token."""

    text: str
    start_s: float
    end_s: float
    probability: float


@dataclass(frozen=True, slots=True)
class Decoded:
    """One window's text, with Whisper's own measures of it.

    language           as it was identified, or the only one of the model; ISO 639-1
    language_prob      its probability; null where the model has only one
    no_speech_prob     probability that the window holds no speech
    avg_logprob        mean natural log probability of a token, the end's included
    compression_ratio  bytes of the text over its bytes compressed; text that repeats itself is above 2.4
    """

    text: str
    seconds: float
    no_speech_prob: float
    avg_logprob: float
    compression_ratio: float
    words: tuple[DecodedWord, ...] = ()
    language: str = ""
    language_prob: float | None = None


class Whisper:
    """A folder with `model.bin`, `config.json` and the vocabulary, int8 on the CPU. Not for several threads at once.

    `language`: in which a model of many hears everything; `AUTO` identifies that of each window.

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
        self._ids = {token: index for index, token in enumerate(vocabulary(folder))}
        self._language = language if self._model.is_multilingual else ENGLISH
        if self._language != AUTO and self._model.is_multilingual and f"<|{language}|>" not in self._ids:
            raise ValueError(f"it does not know the language {language!r}")

    def transcribe(self, samples: NDArray[np.float32]) -> Iterator[Decoded]:
        """Audio at 16 kHz, window by window.

        Raises:
            RuntimeError, ValueError: the model fails on it.
        """
        # Ten more milliseconds of silence, as in Whisper's own front end: the last frame is whole, and left out again.
        mel = log_mel(np.pad(samples, (0, HOP)), self._bands)[:, :-1]
        for start in range(0, mel.shape[1], WINDOW_FRAMES):
            yield self._decode(mel[:, start : start + WINDOW_FRAMES], start * HOP / RATE_HZ)

    def _decode(self, mel: NDArray[np.float32], start_s: float) -> Decoded:
        window = np.zeros((1, self._bands, WINDOW_FRAMES), dtype=np.float32)
        window[0, :, : mel.shape[1]] = mel
        # Encoded once: the language, the text and the alignment are all read from the same.
        heard = self._model.encode(self._runtime.StorageView.from_array(window))
        language, language_prob = self._language_of(heard)
        prompt = [_START, *([f"<|{language}|>", *_TASK] if self._model.is_multilingual else _TASK[1:])]
        result = self._model.generate(heard, [prompt], beam_size=1, return_scores=True, return_no_speech_prob=True)[0]
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
            words=self._aligned(heard, prompt, tokens, mel.shape[1], start_s),
            language=language,
            language_prob=language_prob,
        )

    def _language_of(self, heard: Any) -> tuple[str, float | None]:  # noqa: ANN401
        """The language of a window and its probability, of one that was named too."""
        if not self._model.is_multilingual:
            return self._language, None
        found = {token.strip("<|>"): prob for token, prob in self._model.detect_language(heard)[0]}
        language = max(found, key=found.__getitem__) if self._language == AUTO else self._language
        return language, float(found.get(language, 0.0))

    def _aligned(
        self,
        heard: Any,  # noqa: ANN401
        prompt: Sequence[str],
        tokens: Sequence[str],
        frames: int,
        start_s: float,
    ) -> tuple[DecodedWord, ...]:
        """The words with times and probabilities, by dynamic time warping of the decoder's attention."""
        spoken = [token for token in tokens if not _is_mark(token)]
        if not spoken or any(token not in self._ids for token in spoken):
            return ()
        starts = [self._ids[token] for token in prompt]
        result = self._model.align(heard, starts, [[self._ids[token] for token in spoken]], frames)[0]
        # The first audio frame of each token; the word's end is where the next token begins.
        first: dict[int, int] = {}
        for token, frame in result.alignments:
            first.setdefault(token, frame)
        at = [first.get(index, frames // 2) for index in range(len(spoken) + 1)]
        return tuple(
            DecodedWord(
                text=text_of(spoken[begin:end]).strip(),
                start_s=round(start_s + at[begin] * _ALIGNED_S, 2),
                end_s=round(start_s + at[end] * _ALIGNED_S, 2),
                probability=round(float(min(result.text_token_probs[begin:end])), 3),
            )
            for begin, end in word_spans(spoken)
        )


def word_spans(tokens: Sequence[str]) -> list[tuple[int, int]]:
    """First and last-but-one token of each word: a word begins with a space, punctuation belongs to the word before.

    >>> word_spans(["\u0120I", "\u0120never", "\u0120sign", "ed", "."])
    [(0, 1), (1, 2), (2, 5)]
    """
    begins = [index for index, token in enumerate(tokens) if index == 0 or token.startswith("\u0120")]
    return list(zip(begins, [*begins, len(tokens)][1:], strict=True)) if tokens else []


def _is_mark(token: str) -> bool:
    return token.startswith("<|") and token.endswith("|>")


def text_of(tokens: Sequence[str]) -> str:
    """Byte-level tokens as text; tokens in `<|...|>` are marks, not speech.

    >>> text_of(["ĠI", "Ġwant", "Ġto", "Ġcomplain", ".", "<|endoftext|>"])
    ' I want to complain.'
    """
    spoken = "".join(token for token in tokens if not _is_mark(token))
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
