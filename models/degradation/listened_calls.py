"""The listener's output for many calls, each by its own encoder, from the cache where a run before left it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import msgspec

from tonewatch.models.degradation.folder import CallFile
from tonewatch.models.degradation.heard_again import KeepingEncoder, Statistics, head_of, hear_again
from tonewatch.models.degradation.offline_listener import Cache, listen_offline
from tonewatch.models.degradation.truth import Truth
from tonewatch.stream.errors import DependencyError, SettingsError
from tonewatch.stream.messages import Segment, SegmentMessage
from tonewatch.stream.service.metrics import Metrics
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.stream.weights import weights_folder
from tonewatch.workers.encoder import WeightsSet, default_encoder_path, relative_head_path
from tonewatch.workers.listen.analysis import Analysis


@dataclass(frozen=True)
class ListenedCall:
    """One call as the monitor receives it: the listener's messages, without audio."""

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
    """Settings of the offline listener. `folds`: for some speakers the encoder that was not trained on their voice.

    `analyse_mixed`: recordings of both parties in one channel are judged, which needs a written reason.
    """

    encoder: Path
    folds: Mapping[str, Path]
    cache: Path
    analyse_mixed: bool = False
    jobs: int = 1

    def configs(self, config: ToneConfig) -> Callable[[ListenedCall], ToneConfig]:
        """The same settings for every call, with the head of the encoder that listened to it.

        Raises:
            ModelError: the head beside an encoder is missing or damaged.
        """
        loaded = [load_head(relative_head_path(file)) for file in sorted({self.encoder, *self.folds.values()})]
        heads = {head.space: head for head in loaded}
        manners = manners_in(weights_folder())
        return lambda call: replace(config, relative=heads.get(call.space), manners=manners)

    def encoder_for(self, call: CallFile) -> Path:
        return self.folds.get(call.truth.speaker, self.encoder) if call.truth else self.encoder


def open_listening(
    encoder: Path | None,
    folds: Path | None,
    cache: Path,
    *,
    weights: WeightsSet = WeightsSet.FULL,
    analyse_mixed: bool = False,
    jobs: int = 1,
) -> OfflineListening:
    """From the options of a command: the shipped encoder of the set where none is named, and the folds if there are.

    Raises:
        SettingsError, DependencyError: as read_folds.
    """
    by_speaker = read_folds(folds) if folds else {}
    chosen = encoder or default_encoder_path(weights=weights)
    return OfflineListening(chosen, by_speaker, cache, analyse_mixed=analyse_mixed, jobs=jobs)


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
    calls: Sequence[CallFile], listening: OfflineListening, progress: Callable[[bool], None] = lambda _fresh: None
) -> list[ListenedCall]:
    """Every call, in the given order; those not in the cache are listened to now, `jobs` at a time.

    What another encoder of the same layers has listened to is judged from the statistics that were kept of it.
    `progress` is called once per call: True where it was listened to.

    Raises:
        AudioFileError: a file is damaged.
        StoreError: the cache cannot be written.
    """
    cache = Cache(listening.cache)
    paths = [cache.path(call, listening.encoder_for(call), analyse_mixed=listening.analyse_mixed) for call in calls]
    kept = [cache.read(path) or _again(cache, call, listening) for call, path in zip(calls, paths, strict=True)]
    for _ in filter(None, kept):
        progress(False)
    missing = [index for index, messages in enumerate(kept) if messages is None]
    tasks = [(calls[index], listening.encoder_for(calls[index]), listening.analyse_mixed) for index in missing]
    for index, (messages, statistics) in zip(missing, _each(tasks, listening.jobs), strict=True):
        cache.write(paths[index], messages)
        _keep(cache, calls[index], listening, messages, statistics)
        kept[index] = messages
        progress(True)
    return [_listened(call, messages or []) for call, messages in zip(calls, kept, strict=True)]


def _again(cache: Cache, call: CallFile, listening: OfflineListening) -> list[SegmentMessage] | None:
    """From what another head listened to; None where none did."""
    encoder = listening.encoder_for(call)
    path = cache.statistics_path(call, encoder, analyse_mixed=listening.analyse_mixed)
    known = cache.read_statistics(path) if path is not None else None
    return hear_again(*known, head_of(encoder)) if known is not None else None


def _keep(
    cache: Cache,
    call: CallFile,
    listening: OfflineListening,
    messages: list[SegmentMessage],
    statistics: Statistics,
) -> None:
    path = cache.statistics_path(call, listening.encoder_for(call), analyse_mixed=listening.analyse_mixed)
    encoded = sum(isinstance(m, Segment) and m.model is not None for m in messages)
    # A segment whose analysis failed after it was encoded would shift all those behind it.
    if path is not None and encoded == len(statistics.seconds):
        cache.write_statistics(path, messages, statistics)


_Task = tuple[CallFile, Path, bool]
_Heard = tuple[list[SegmentMessage], Statistics]


def _each(tasks: Sequence[_Task], jobs: int) -> Iterator[_Heard]:
    if jobs <= 1 or len(tasks) < 2:
        yield from map(_listen, tasks)
        return
    # Spawned, not forked: onnxruntime's threads do not survive a fork.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_listen, tasks)


def _listen(task: _Task) -> _Heard:
    call, encoder, analyse_mixed = task
    keeping = _encoder(encoder)
    keeping.take()
    messages = listen_offline(call, _analysis(encoder, analyse_mixed))
    return messages, keeping.take()


@lru_cache(maxsize=8)
def _encoder(path: Path) -> KeepingEncoder:
    return KeepingEncoder(path)


@lru_cache(maxsize=8)
def _analysis(encoder: Path, analyse_mixed: bool) -> Analysis:
    return Analysis(_encoder(encoder), Metrics(), analyse_mixed=analyse_mixed)


def _listened(call: CallFile, messages: Sequence[SegmentMessage]) -> ListenedCall:
    return ListenedCall(call.name, call.truth, call.audio.duration_ms / 1000, tuple(messages))
