"""Mean and deviation over time of Whisper tiny.en's last layer, frozen; as long as the clip, or padded to 30 s."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tonewatch.models.corpora import RATE_HZ
from tonewatch.models.encoder.whisper_weights import PACKAGE, find_model_bin
from tonewatch.models.evaluation.reference_systems.features import FeatureExtractor
from tonewatch.models.evaluation.sound import Samples, Sound
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.audio.mel import HOP, log_mel, normalise_loudness

WHISPER_S = 30


class WhisperExtractor(FeatureExtractor):
    """float32 on one thread. Raises DependencyError when ctranslate2 or the weights are not installed.

    `padded`: silence up to 30 s, as Whisper was trained; the statistics are still those of the clip's own frames.
    """

    def __init__(self, *, padded: bool) -> None:
        self._model = _open()
        self._padded = padded
        self.kind = f"{PACKAGE} last layer {'padded' if padded else 'sliced'} 1"

    def describe(self, sound: Sound) -> NDArray[np.float32]:
        statistics = np.array([self._statistics(piece) for piece in sound.pieces])
        return np.asarray(sound.shares @ statistics, dtype=np.float32)

    def _statistics(self, piece: Samples) -> NDArray[np.float32]:
        samples = normalise_loudness(piece)
        frames = -(-(piece.size // HOP) // 2)  # the second convolution halves them
        if self._padded:
            # Attention sees the silence, the statistics do not: they are over the clip's frames.
            samples = np.pad(samples, (0, WHISPER_S * RATE_HZ - samples.size))
        layer = self._last_layer(log_mel(samples))[:frames]
        return np.concatenate([layer.mean(0), layer.std(0)])

    def _last_layer(self, mel: NDArray[np.float32]) -> NDArray[np.float32]:
        import ctranslate2

        out = self._model.encode(ctranslate2.StorageView.from_array(mel[None]), to_cpu=True)
        layers: NDArray[np.float32] = np.array(out)  # [1, time, width], 20 ms a row
        return np.asarray(layers[0])


def _open() -> Any:  # noqa: ANN401 - ctranslate2 has no types
    try:
        import ctranslate2
    except ImportError as error:
        raise DependencyError("ctranslate2 is missing; run: pip install 'tonewatch[asr]'") from error
    folder = find_model_bin().parent
    return ctranslate2.models.Whisper(
        str(folder), device="cpu", compute_type="float32", inter_threads=1, intra_threads=1
    )
