"""The forest that turns the judgements of a segment into evidence of a call's tone, fitted on calls with known turns.

    tonewatch evaluate stitch --manifest FILE... --out CALLS
    tonewatch train tone --calls CALLS --folds FOLDS.json

Each call is listened to by the encoder of the fold that its caller was held out from, and goes through the tone core as
it does live; the core's judgements of each segment are the inputs, the caller's true emotion in it is the label. The
forest is fitted once for each fold without the voices of that fold, for `evaluate degradation --folds`, and once on all
voices. It is written into the heads beside the encoders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from tonewatch.models.degradation.folder import find_calls
from tonewatch.models.degradation.listened_calls import ListenedCall, OfflineListening, listen_all
from tonewatch.models.degradation.outcome import judged_segments
from tonewatch.models.degradation.truth import TRUTH_FILE, Made, Turn
from tonewatch.models.tone.forest import ForestRecipe, fit_forest
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import EMOTIONS
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.likelihood import CALM, DEGRADED, inputs
from tonewatch.stream.tone.evidence.usual import voice_baseline
from tonewatch.stream.tone.model.forest import Forest
from tonewatch.stream.tone.model.relative_head import load_head, save_head
from tonewatch.workers.encoder import relative_head_path

Tell = Callable[[str], None]

LABELS = {
    "angry": "angry",
    "anger": "angry",
    "sad": "sad",
    "sadness": "sad",
    "happy": "happy",
    "happiness": "happy",
    "neutral": "neutral",
    "calm": "neutral",
}
"""The corpora's words for the four emotions."""

LEAST_SPOKEN = 0.5
"""Share of a segment that must be spoken in one emotion for it to be the segment's label."""


@dataclass(frozen=True)
class TrainingSegments:
    """Judged segments: inputs [n, 12], labels [n] as indices into EMOTIONS, speaker of each [n]."""

    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]
    speakers: NDArray[np.str_]

    def at(self, which: NDArray[np.bool_]) -> TrainingSegments:
        return TrainingSegments(self.inputs[which], self.labels[which], self.speakers[which])


def train_tone(calls: Path, listening: OfflineListening, recipe: ForestRecipe, tell: Tell) -> dict[str, float]:
    """Fit and write every forest. Returns the area under the curve, degraded against calm, of each fold's own voices.

    Raises:
        SettingsError: the truth of the calls does not say who spoke when, or a fold has no voice in them.
    """
    turns = read_turns(calls / TRUTH_FILE)
    listened = listen_all(find_calls(calls), listening)
    configs = listening.configs(ToneConfig())
    segments = training_segments(listened, turns, lambda call: without_forest(configs(call)))
    tell(f"{segments.labels.size} segments of {len(set(segments.speakers.tolist()))} voices")
    found = {}
    for file in sorted(set(listening.folds.values())):
        held_out = [speaker for speaker, encoder in listening.folds.items() if encoder == file]
        mine = np.isin(segments.speakers, held_out)
        forest = fit_forest(segments.at(~mine).inputs, segments.at(~mine).labels, recipe)
        found[file.stem] = degraded_auc(forest, segments.at(mine))
        write(forest, file)
        tell(f"{file.stem}: {mine.sum()} segments of held-out voices, AUC {found[file.stem]:.3f}")
    write(fit_forest(segments.inputs, segments.labels, recipe), listening.encoder)
    return found


def without_forest(config: ToneConfig) -> ToneConfig:
    """The configuration without a forest, so that a fit does not depend on the fit before it."""
    return replace(config, relative=replace(config.relative, forest=None) if config.relative else None)


def write(forest: Forest, encoder: Path) -> None:
    """Into the head beside an encoder."""
    path = relative_head_path(encoder)
    save_head(replace(load_head(path), forest=forest), path)


def read_turns(path: Path) -> dict[str, tuple[Turn, ...]]:
    """By file.

    Raises:
        SettingsError: it is no truth of stitched calls.
    """
    try:
        made = msgspec.json.decode(path.read_bytes(), type=list[Made])
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{path}: no truth of stitched calls ({error}); make some by evaluate stitch") from error
    return {one.file: one.turns for one in made}


def training_segments(
    listened: Sequence[ListenedCall], turns: dict[str, tuple[Turn, ...]], config: Callable[[ListenedCall], ToneConfig]
) -> TrainingSegments:
    found = [
        (known, label, call.truth.speaker)
        for call in listened
        if call.truth is not None
        for known, label in segments_of_call(call, turns.get(call.name, ()), config(call))
    ]
    if not found:
        raise SettingsError("the truth of these calls does not say who spoke when; make some by evaluate stitch")
    vectors, labels, speakers = zip(*found, strict=True)
    return TrainingSegments(np.array(vectors), np.array(labels, dtype=np.int64), np.array(speakers))


def segments_of_call(
    call: ListenedCall, turns: Sequence[Turn], config: ToneConfig
) -> Iterator[tuple[NDArray[np.float64], int]]:
    """One call through the core; a segment without one emotion for most of its time is left out."""
    for segment, item, before in judged_segments(call, config):
        label = emotion_in(segment.start_ms / 1000, segment.end_ms / 1000, turns)
        if label is not None and item.alone is not None:
            yield inputs(item.posterior, item.alone, voice_baseline(before)), label


def emotion_in(start_s: float, end_s: float, turns: Sequence[Turn]) -> int | None:
    """Index into EMOTIONS of the caller's emotion in most of this time; None where it is none of the four."""
    shares: dict[str, float] = dict.fromkeys(EMOTIONS, 0.0)
    for turn in turns:
        if turn.channel == 0 and turn.emotion in LABELS:
            shares[LABELS[turn.emotion]] += max(0.0, min(end_s, turn.end_s) - max(start_s, turn.start_s))
    most = max(EMOTIONS, key=lambda name: shares[name])
    return EMOTIONS.index(most) if shares[most] >= LEAST_SPOKEN * (end_s - start_s) else None


def degraded_auc(forest: Forest, segments: TrainingSegments) -> float:
    """Angry and sad segments against the others, by the forest's log likelihoods of each segment alone."""
    from sklearn.metrics import roc_auc_score

    if not segments.labels.size:
        raise SettingsError("a fold has no voice in these calls; stitch calls of every voice")
    answers = np.array([forest.log_likelihoods(one) for one in segments.inputs])
    degraded, calm = (np.logaddexp.reduce(answers[:, list(columns)], axis=1) for columns in (DEGRADED, CALM))
    return float(roc_auc_score(np.isin(segments.labels, DEGRADED), degraded - calm))
