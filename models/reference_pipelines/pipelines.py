"""Ways from a segment to its emotion and pitch that a reader would build or install, as stages of one measurement.

What a pipeline answers is of no interest here, only what it costs, so networks have random weights of their real size:
arithmetic does not depend on values. Each hears the same segments, which one and the same voice activity found.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.bench.load import Recording
from tonewatch.stream.bench.stages import Run, Stage
from tonewatch.workers import prosody
from tonewatch.workers.audio.codecs import resample
from tonewatch.workers.audio.mel import RATE_HZ
from tonewatch.workers.audio.segmenter import SpeechSegment
from tonewatch.workers.encoder import LONGEST_S, SHORTEST_S, Encoder, default_encoder_path
from tonewatch.workers.listen.call import ClosedSegment
from tonewatch.workers.listen.followed_call import FollowedCall

OURS: Final = "ours: prosody, and the encoder on each segment as it is"

BATCH: Final = 8
PADDED_S: Final = 30
_BASE: Final[dict[str, Any]] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
}
_LARGE: Final[dict[str, Any]] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
_TINY: Final[dict[str, Any]] = {
    "d_model": 384,
    "encoder_layers": 4,
    "encoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
}

Clips = Sequence[NDArray[np.float32]]


@dataclass(frozen=True)
class Spoken:
    """The callers' segments of some calls: as they were cut, and as a network takes them, at 16 kHz."""

    segments: Sequence[SpeechSegment]
    clips: Clips

    @classmethod
    def of(cls, recordings: Sequence[Recording]) -> Spoken:
        closed = [
            one.segment
            for call in recordings
            for one in FollowedCall(call.messages[0].call_id).follow(call.messages)
            if isinstance(one, ClosedSegment) and one.role == "customer"
        ]
        kept = [one for one in closed if len(one.samples) >= SHORTEST_S * one.rate_hz]
        clips = [resample(one.samples, one.rate_hz)[: int(LONGEST_S * RATE_HZ)] for one in kept]
        return cls(kept, clips)

    @property
    def speech_s(self) -> float:
        return sum(one.speech_ms for one in self.segments) / 1000


def pipelines(spoken: Spoken) -> list[Stage]:
    """Ours first. What cannot be run here has a note instead."""
    encoder = Encoder(default_encoder_path(["CPUExecutionProvider"]), providers=["CPUExecutionProvider"])
    return [
        Stage(OURS, lambda: _ours(encoder, spoken)),
        _built(
            f"usual: Whisper tiny's encoder on {PADDED_S} s, librosa's pYIN, a segment at a time",
            ("transformers", "torch", "librosa"),
            lambda: _usual(spoken),
        ),
        _built(
            f"the same encoder as ours, {BATCH} segments at once, librosa's pYIN",
            ("librosa",),
            lambda: _unpadded(encoder, spoken),
        ),
        _built(
            "SpeechBrain's recogniser: wav2vec2 base, mean over time, four classes",
            ("transformers", "torch"),
            lambda: _wav2vec2(spoken, _BASE),
        ),
        _built(
            "emotion2vec+ large's size: 24 layers of 1,024, mean over time",
            ("transformers", "torch"),
            lambda: _wav2vec2(spoken, _LARGE),
        ),
    ]


def _built(name: str, needs: Sequence[str], build: Callable[[], Run]) -> Stage:
    missing = [one for one in needs if importlib.util.find_spec(one) is None]
    if missing:
        return Stage(name, None, note=f"not run: pip install 'tonewatch[reference]' ({', '.join(missing)} missing)")
    return Stage(name, build())


def _ours(encoder: Encoder, spoken: Spoken) -> None:
    for segment, clip in zip(spoken.segments, spoken.clips, strict=True):
        prosody.measure(segment.samples, segment.rate_hz, segment.speech)
        encoder.encode([clip])


def _pyin(clip: NDArray[np.float32]) -> None:
    """Pitch with its voicing, and the level, at librosa's own settings but for the range of a voice."""
    import librosa

    librosa.pyin(clip, fmin=55.0, fmax=650.0, sr=RATE_HZ)
    librosa.feature.rms(y=clip)


def _usual(spoken: Spoken) -> Run:
    import torch
    import transformers
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    torch.set_num_threads(1)
    library: Any = transformers  # Half of it carries no types.
    spectrum = library.WhisperFeatureExtractor()
    network = WhisperEncoder(library.WhisperConfig(**_TINY))
    network.train(False)
    head = torch.nn.Linear(_TINY["d_model"], 4)

    def run() -> None:
        with torch.inference_mode():
            for clip in spoken.clips:
                mel = spectrum(clip, sampling_rate=RATE_HZ, return_tensors="pt").input_features
                head(network(mel).last_hidden_state.mean(1)).softmax(-1)
                _pyin(clip)

    return run


def _unpadded(encoder: Encoder, spoken: Spoken) -> Run:
    def run() -> None:
        encoder.encode(list(spoken.clips), batch_size=BATCH)
        for clip in spoken.clips:
            _pyin(clip)

    return run


def _wav2vec2(spoken: Spoken, size: dict[str, Any]) -> Run:
    """Without pitch: these packages answer a label alone."""
    import torch
    import transformers

    torch.set_num_threads(1)
    library: Any = transformers
    network = library.Wav2Vec2Model(library.Wav2Vec2Config(**size))
    network.train(False)
    head = torch.nn.Linear(size["hidden_size"], 4)

    def run() -> None:
        with torch.inference_mode():
            for clip in spoken.clips:
                heard = torch.from_numpy((clip - clip.mean()) / (clip.std() + 1e-7))[None]
                head(network(heard).last_hidden_state.mean(1)).softmax(-1)

    return run
