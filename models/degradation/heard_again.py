"""What another encoder of the same frozen layers says of calls that were listened to once.

An encoder is Whisper's frozen layers and a small head on their statistics. Training makes new heads; the layers, and
with them nearly all the time that listening takes, stay. So the statistics of every segment are kept, and a new head
judges hours of calls in seconds, to the same messages as if it had listened.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.stream.messages import ModelRef, Segment, SegmentMessage
from tonewatch.workers.encoder import CPU, Encoder, EncoderOutput
from tonewatch.workers.encoder.encoder import STATISTICS
from tonewatch.workers.listen.analysis import judged_fields
from tonewatch.workers.onnx_runtime import open_session


@dataclass(frozen=True)
class Statistics:
    """Of every segment that was encoded, in the order of the call: [segments, all], and seconds [segments]."""

    rows: NDArray[np.float32]
    seconds: NDArray[np.float64]


class KeepingEncoder(Encoder):
    """An encoder that also keeps the statistics of what it encodes, until they are taken."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._kept: list[tuple[NDArray[np.float32], float]] = []

    def outputs_of(self, answers: dict[str, NDArray[np.float32]], seconds: NDArray[np.float64]) -> list[EncoderOutput]:
        found = super().outputs_of(answers, seconds)
        self._kept += zip(answers.get(STATISTICS, ()), seconds.tolist(), strict=False)
        return found

    def take(self) -> Statistics:
        """All since the last time."""
        kept, self._kept = self._kept, []
        rows = np.array([row for row, _ in kept], dtype=np.float32)
        return Statistics(rows, np.array([seconds for _, seconds in kept]))


class Head:
    """The head of an encoder file on its own: from statistics to outputs."""

    def __init__(self, path: Path) -> None:
        import onnx
        from onnx.utils import Extractor

        self._encoder = Encoder(path, providers=[CPU])
        model = onnx.load(path)
        names = [value.name for value in model.graph.output if value.name != STATISTICS]
        head = Extractor(model).extract_model([STATISTICS], names)
        self._session = open_session(path, threads=1, providers=[CPU], data=head.SerializeToString())
        self._names = names
        encoder = self._encoder
        self.model = ModelRef(name=encoder.name, version=encoder.version, provider=encoder.provider)
        self.space = encoder.card.space

    def outputs(self, statistics: Statistics) -> list[EncoderOutput]:
        """Of each segment, one at a time, as the listener asks."""
        found = []
        for row, seconds in zip(statistics.rows, statistics.seconds, strict=True):
            answers = dict(zip(self._names, self._session.run(None, {STATISTICS: row[None]}), strict=True))
            found += self._encoder.outputs_of(answers | {STATISTICS: row[None]}, np.array([seconds]))
        return found


@lru_cache(maxsize=16)
def head_of(path: Path) -> Head:
    return Head(path)


@lru_cache(maxsize=64)
def layers_key(path: Path) -> str | None:
    """Digest of everything in an encoder file that its statistics depend on; None where that cannot be told apart."""
    if importlib.util.find_spec("onnx") is None:  # without the extra `train` every encoder listens for itself
        return None
    import onnx
    from onnx.utils import Extractor

    model = onnx.load(path)
    if STATISTICS not in {value.name for value in model.graph.output}:
        return None
    layers = Extractor(model).extract_model([value.name for value in model.graph.input], [STATISTICS])
    return hashlib.sha256(layers.SerializeToString(deterministic=True)).hexdigest()


def hear_again(messages: Sequence[SegmentMessage], statistics: Statistics, head: Head) -> list[SegmentMessage]:
    """The messages of a call as `head` would have had them, from those of another head on the same layers.

    ValueError where the statistics are not of these messages.
    """
    encoded = [m for m in messages if isinstance(m, Segment) and m.model is not None]
    if len(encoded) != len(statistics.seconds):
        raise ValueError(f"{len(encoded)} segments were encoded and {len(statistics.seconds)} have statistics")
    outputs = iter(head.outputs(statistics))
    return [_judged(m, next(outputs), head) if isinstance(m, Segment) and m.model is not None else m for m in messages]


def _judged(segment: Segment, output: EncoderOutput, head: Head) -> Segment:
    nothing = {"posterior": None, "degraded": None, "embedding": b"", "space": ""}
    return msgspec.structs.replace(segment, **(nothing | judged_fields(output, head.space, head.model)))
