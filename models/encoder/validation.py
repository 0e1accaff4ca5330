"""Cross-validation: answers of networks about held-out voices, the fits on them, and their metrics."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from tonewatch.models.corpora import EMOTIONS8, Clip
from tonewatch.models.encoder.features import FeatureStore, describe
from tonewatch.models.encoder.fitting import Fusion, fit_calibration, fit_fusion, fit_uncertainty
from tonewatch.models.encoder.network import Answers, EmotionNetwork
from tonewatch.models.encoder.noises import no_speech
from tonewatch.models.evaluation.metrics import ClassifierMetrics, classifier_metrics, unweighted_recall
from tonewatch.models.tone.relative import Described, RelativeEnsemble, Voices, draw_baseline
from tonewatch.stream.tone.model.relative_head import LEAST_SHARE, VoiceBaseline, trust_in
from tonewatch.workers.encoder import Calibration, Uncertainty, softmax

LINES = {"plain": 0, "random": 1}
"""Versions in the store: the plain line, and the first random line."""

BASELINES = {"mixed": 1000, "calm": 10}
"""Kinds of baseline and their largest number of clips: all others of the voice, or calm ones, as when a call begins."""

Table = dict[str, dict[str, dict[str, object]]]


@dataclass(frozen=True)
class RelativeAnswers:
    """Logits [items, 4] and [items, 8] against a baseline, and the trust in that baseline in 0..1 [items]."""

    emotion: NDArray[np.float64]
    eight: NDArray[np.float64]
    trust: NDArray[np.float64]


@dataclass(frozen=True)
class Validation:
    """Of every clip, by a network that was not trained on its voice: answers by line, and by line and baseline.

    `noises` are answers of the same networks about sounds without speech.
    """

    speech: dict[str, Answers]
    relative: dict[tuple[str, str], RelativeAnswers]
    noises: Answers


@dataclass(frozen=True)
class Fold:
    """One fold's answers about the clips at `indices`."""

    indices: NDArray[np.int64]
    speech: dict[str, Answers]
    relative: dict[tuple[str, str], RelativeAnswers]
    noises: Answers


def joined(folds: Sequence[Fold]) -> Validation:
    """All folds in one, in the order of the clips."""
    # The folds partition the clips: the inverse permutation of their concatenation restores the order.
    back = np.argsort(np.concatenate([fold.indices for fold in folds]))
    speech = {line: _answers([fold.speech[line] for fold in folds], back) for line in LINES}
    relative = {
        key: RelativeAnswers(
            *(
                np.concatenate([getattr(fold.relative[key], part) for fold in folds])[back]
                for part in ("emotion", "eight", "trust")
            )
        )
        for key in folds[0].relative
    }
    return Validation(speech, relative, _answers([fold.noises for fold in folds]))


def _answers(parts: Sequence[Answers], order: NDArray[np.int64] | None = None) -> Answers:
    where = slice(None) if order is None else order
    logits = {name: np.concatenate([part.logits[name] for part in parts])[where] for name in parts[0].logits}
    return Answers(logits, np.concatenate([part.distance for part in parts])[where])


@torch.no_grad()
def answers_on_noises(network: EmotionNetwork) -> Answers:
    return network.answers(torch.stack([describe(network.encoder, samples)[1] for samples in no_speech()]))


@torch.no_grad()
def against_baselines(
    network: RelativeEnsemble, clips: Sequence[Clip], known: Described, indices: NDArray[np.int64], seed: int
) -> dict[tuple[str, str], RelativeAnswers]:
    """Every line and baseline; the baseline of a clip is drawn from all versions but never from the clip itself."""
    found = {}
    voices = Voices(clips)
    for line, version in LINES.items():
        for baseline, most in BASELINES.items():
            rng = np.random.default_rng(seed)
            drawn = draw_baseline(voices, known, indices, [baseline] * indices.size, rng, most)
            logits = network(known.standard[version, torch.from_numpy(indices)], *drawn)
            trust = [
                trust_in(VoiceBaseline(np.zeros(0, dtype=np.float32), posterior.numpy(), int(count)))
                for posterior, count in zip(drawn[1], drawn[2], strict=True)
            ]
            emotion, eight = (np.asarray(logits[name].double().numpy()) for name in ("emotion", "eight"))
            found[line, baseline] = RelativeAnswers(emotion, eight, np.array(trust))
    return found


@dataclass(frozen=True)
class Fitted:
    """Parameters that are fitted on answers about held-out voices."""

    calibration: Calibration
    uncertainty: Uncertainty
    fusion: Fusion


def four_of(clips: Sequence[Clip]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the clips with one of the four emotions, and their labels."""
    indices = np.array([index for index, clip in enumerate(clips) if clip.emotion4], dtype=np.int64)
    return indices, np.array([clips[index].label for index in indices], dtype=np.int64)


def fit(clips: Sequence[Clip], store: FeatureStore, validation: Validation) -> Fitted:
    """On all lines of the clips with one of the four emotions; uncertainty also on sounds without speech."""
    four, labels = four_of(clips)
    logits = np.concatenate([validation.speech[line].logits["emotion"][four] for line in LINES])
    distance = np.concatenate([validation.speech[line].distance[four] for line in LINES])
    seconds = np.concatenate([store.seconds[version * len(clips) + four] for version in LINES.values()])
    truth = np.tile(labels, len(LINES))
    calibration = fit_calibration(logits, seconds, truth)
    noises = validation.noises
    lasting_s = np.resize([samples.size / 16_000 for samples in no_speech()], noises.distance.size)
    # Sounds without speech have no right answer: label -1, and `speech` false for them.
    uncertainty = fit_uncertainty(
        np.concatenate([logits, noises.logits["emotion"]]),
        np.concatenate([seconds, lasting_s]),
        np.concatenate([distance, noises.distance]),
        np.concatenate([truth, np.full(noises.distance.size, -1)]),
        calibration,
        np.arange(truth.size + noises.distance.size) < truth.size,
    )
    relative = np.concatenate([answers.emotion[four] for answers in validation.relative.values()])
    alone = np.concatenate([_alone(clips, store, validation, calibration, line) for line, _ in validation.relative])
    fusion = fit_fusion(relative, alone, np.tile(labels, len(validation.relative)))
    return Fitted(calibration, uncertainty, fusion)


def _alone(
    clips: Sequence[Clip], store: FeatureStore, validation: Validation, calibration: Calibration, line: str
) -> NDArray[np.float64]:
    """Posteriors of the clips with one of the four emotions, each judged alone."""
    four, _ = four_of(clips)
    seconds = store.seconds[LINES[line] * len(clips) + four]
    return softmax(validation.speech[line].logits["emotion"][four] / calibration.temperature(seconds)[:, None])


def posteriors_of(
    clips: Sequence[Clip], store: FeatureStore, validation: Validation, fitted: Fitted
) -> Iterator[tuple[str, NDArray[np.float64], NDArray[np.bool_]]]:
    """Name of a row, posteriors of the clips with one of the four emotions, and a mask of the abstentions."""
    four, _ = four_of(clips)
    for line, version in LINES.items():
        answers, seconds = validation.speech[line], store.seconds[version * len(clips) + four]
        alone = _alone(clips, store, validation, fitted.calibration, line)
        uncertainty = fitted.uncertainty.score(alone.max(1), seconds, answers.distance[four])
        abstained = uncertainty > fitted.uncertainty.abstain_above
        yield f"{line}, alone", alone, abstained
        for baseline in BASELINES:
            relative = validation.relative[line, baseline]
            trust = relative.trust[four][:, None]
            # ln of the fused posterior: logits / temperature + weight * ln p(alone), then mixed by the trust.
            beside = fitted.fusion.alone * np.log(np.maximum(alone, LEAST_SHARE))
            against = softmax(relative.emotion[four] / fitted.fusion.temperature + beside)
            yield f"{line}, {baseline} baseline", trust * against + (1.0 - trust) * alone, abstained


def report_of(clips: Sequence[Clip], store: FeatureStore, validation: Validation, fitted: Fitted) -> Table:
    """Metrics by row and corpus, over the four emotions and over those of the eight that a corpus has."""
    four, labels = four_of(clips)
    names = np.array([clips[index].corpus for index in four])
    table: Table = {}
    for row, posteriors, abstained in posteriors_of(clips, store, validation, fitted):
        table[row] = {
            name: asdict(classifier_metrics(posteriors[names == name], labels[names == name]))
            | {"abstained": float(abstained[names == name].mean())}
            for name in dict.fromkeys(names.tolist())
        }
    table["eight, plain, alone"] = _eight(clips, validation.speech["plain"].logits["eight"])
    for baseline in BASELINES:
        table[f"eight, plain, {baseline} baseline"] = _eight(clips, validation.relative["plain", baseline].eight)
    return table


def _eight(clips: Sequence[Clip], logits: NDArray[np.float64]) -> dict[str, dict[str, object]]:
    truth = np.array([EMOTIONS8.index(clip.emotion8) for clip in clips])
    corpora = np.array([clip.corpus for clip in clips])
    found: dict[str, dict[str, object]] = {}
    for name in dict.fromkeys(corpora.tolist()):
        inside = corpora == name
        posteriors = softmax(logits[inside])
        accuracy = float((posteriors.argmax(1) == truth[inside]).mean())
        found[name] = {"unweighted_recall": unweighted_recall(posteriors, truth[inside]), "accuracy": accuracy}
    return found


def summary(table: Table) -> str:
    """One line per row and corpus, for a terminal and the diary."""
    lines = []
    for row, corpora in table.items():
        for corpus, values in corpora.items():
            head = f"{row:26} {corpus:8} recall {values['unweighted_recall']:.3f}"
            if row.startswith("eight"):
                lines.append(f"{head}  accuracy {values['accuracy']:.3f}")
                continue
            result = ClassifierMetrics(**{key: value for key, value in values.items() if key != "abstained"})  # type: ignore[arg-type]
            lines.append(
                f"{head}  angry AUC {result.angry_auc or 0:.3f}  angry/happy AUC {result.angry_happy_auc or 0:.3f}  "
                f"ECE {result.calibration_error:.3f}  abstained {values['abstained']:.3f}"
            )
    return "\n".join(lines)
