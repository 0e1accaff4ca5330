"""Many calls heard, each by its own encoder, from the cache where they were heard before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tonewatch.models.degradation.folder import CallFile
from tonewatch.models.degradation.offline_listener import Cache, hear
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.messages import Segment, SegmentMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.workers.encoder import Encoder, relative_head_path
from tonewatch.workers.listen.analysis import Analysis


@dataclass(frozen=True)
class ListenedCall:
    """One call as the monitor gets it: all that the tone's core needs, and none of the audio."""

    name: str
    truth: Truth | None
    duration_s: float
    messages: tuple[SegmentMessage, ...]

    @property
    def space(self) -> str:
        """Of the embeddings of its segments; '' where none has one."""
        return next((m.space for m in self.messages if isinstance(m, Segment) and m.space), "")


@dataclass(frozen=True)
class OfflineListening:
    """How calls are heard. `folds`: an encoder of its own for some speakers, one that has not heard their voice.

    `analyse_mixed`: recordings of both parties in one channel are judged, for which somebody gave a reason.
    """

    encoder: Path
    folds: Mapping[str, Path]
    cache: Path
    analyse_mixed: bool = False
    jobs: int = 1

    def configs(self, config: ToneConfig) -> Callable[[ListenedCall], ToneConfig]:
        """The same settings for every call, with the head that goes with the encoder which heard it.

        Raises:
            ModelError: the head beside an encoder is missing or damaged.
        """
        loaded = [load_head(relative_head_path(file)) for file in sorted({self.encoder, *self.folds.values()})]
        heads = {head.space: head for head in loaded}
        return lambda call: replace(config, relative=heads.get(call.space))

    def encoder_for(self, call: CallFile) -> Path:
        return self.folds.get(call.truth.speaker, self.encoder) if call.truth else self.encoder


def read_folds(path: Path) -> dict[str, Path]:
    """A JSON object, speaker to encoder file; files are relative to it.

    Raises:
        SettingsError: it is no such object.
        DependencyError: an encoder that it names is not there.
    """
    try:
        named = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(
            f'--folds {path}: not a JSON object of speaker to file, {{"anna": "a.onnx"}} ({error})'
        ) from error
    folds = {speaker: path.parent / file for speaker, file in named.items()}
    if missing := sorted({str(file) for file in folds.values() if not file.is_file()}):
        raise DependencyError(f"--folds {path}: no encoder at {', '.join(missing)}")
    return folds


def listen_all(
    calls: Sequence[CallFile], hearing: OfflineListening, progress: Callable[[bool], None] = lambda _fresh: None
) -> list[ListenedCall]:
    """Every call, in the given order; those not in the cache are heard now, `jobs` at a time.

    `progress` is told of each call whether it was heard now.

    Raises:
        AudioFileError: a file is damaged.
        StoreError: the cache cannot be written.
    """
    cache = Cache(hearing.cache)
    paths = [cache.path(call, hearing.encoder_for(call), analyse_mixed=hearing.analyse_mixed) for call in calls]
    kept = [cache.read(path) for path in paths]
    for _ in filter(None, kept):
        progress(False)
    missing = [place for place, messages in enumerate(kept) if messages is None]
    tasks = [(calls[place], hearing.encoder_for(calls[place]), hearing.analyse_mixed) for place in missing]
    for place, messages in zip(missing, _each(tasks, hearing.jobs), strict=True):
        cache.write(paths[place], messages)
        kept[place] = messages
        progress(True)
    return [_heard(call, messages or []) for call, messages in zip(calls, kept, strict=True)]


_Task = tuple[CallFile, Path, bool]


def _each(tasks: Sequence[_Task], jobs: int) -> Iterator[list[SegmentMessage]]:
    if jobs <= 1 or len(tasks) < 2:
        yield from map(_hear, tasks)
        return
    # Sessions of onnxruntime do not survive a fork.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_hear, tasks)


def _hear(task: _Task) -> list[SegmentMessage]:
    call, encoder, analyse_mixed = task
    return hear(call, _analysis(encoder, analyse_mixed))


@lru_cache(maxsize=8)
def _analysis(encoder: Path, analyse_mixed: bool) -> Analysis:
    return Analysis(Encoder(encoder), Metrics(), analyse_mixed=analyse_mixed)


def _heard(call: CallFile, messages: Sequence[SegmentMessage]) -> ListenedCall:
    return ListenedCall(call.name, call.truth, call.audio.duration_ms / 1000, tuple(messages))
