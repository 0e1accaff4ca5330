"""The encoder from recordings to committed weights, in seven steps.

    tonewatch train encoder --data RECORDINGS --work build/encoder

1. read the labelled clips, 2. cut Whisper tiny.en's encoder to its first layers, 3. run the frozen layers once over
every clip and several telephone lines, 4. cross-validate over speakers, 5. fit one temperature on answers about unheard
voices, 6. train on everybody, 7. export to ONNX, say in the file what it is, and check it against torch.

Where it leaves the sources it builds on: only the first layers of Whisper are kept (emotion is clearest there),
audio is not padded to 30 s, and statistics are pooled per layer and not after the sum over layers.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tonewatch.models.corpora import CORPORA, EMOTIONS, Clip, Split, folds, read_corpora
from tonewatch.models.evaluation.metrics import Figures, figures, fit_temperature
from tonewatch.models.export import export_pair
from tonewatch.models.features import FeatureStore, build_store
from tonewatch.models.network import EmotionNetwork, Shape, SpeechEncoder
from tonewatch.models.training import Recipe, State, pool_store, predict, train_network
from tonewatch.models.whisper_weights import find_model_bin, whisper_encoder_state
from tonewatch.workers.encoder import Encoder, softmax

Tell = Callable[[str], None]
PLAIN, CROPPED = 0, 1  # versions in the store: the plain line, and the first random line


@dataclass(frozen=True)
class Plan:
    """What one run does. `frozen` layers are run once; those above, up to `shape.layers`, are trained."""

    shape: Shape = field(default_factory=Shape)
    recipe: Recipe = field(default_factory=Recipe)
    frozen: int = 3
    versions: int = 5
    folds: int = 5
    split: Split = Split.SPEAKER
    data_seed: int = 1
    name: str = "whisper-tiny.en-emotion"

    @property
    def key(self) -> str:
        """Names checkpoints, so that a run never resumes from those of another plan."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class Validation:
    """Out-of-fold logits [clips, 4] for the plain line and for random lines, each by a network that never heard
    the speaker."""

    plain: NDArray[np.float64]
    cropped: NDArray[np.float64]


def train_encoder(plan: Plan, data: Path, work: Path, weights: Path, tell: Tell) -> dict[str, object]:
    """Run the whole plan; returns the report that is also written to `work`/report.json."""
    clips = read_corpora(data)
    whisper = whisper_encoder_state(find_model_bin(), plan.shape.layers, plan.shape.positions)
    store = frozen_features(plan, clips, whisper, work, tell)
    pooled = pool_store(EmotionNetwork(plan.shape), store)
    validation = cross_validate(plan, clips, whisper, store, pooled, work, tell)
    temperature = fit_temperature(validation.cropped, label_array(clips))
    report = validation_report(clips, validation, temperature)
    everyone = np.arange(len(clips))
    checkpoint = work / f"{plan.key}-everyone.pt"
    network = train_network(whisper, plan.shape, store, clips, everyone, plan.recipe, pooled, checkpoint, tell)
    fp32, int8 = export_pair(numpy_state(network), metadata(plan, temperature), weights)
    report |= {"plan": asdict(plan), "temperature": temperature, "commit": git_commit()}
    report |= {"parity": parity(network, temperature, fp32, int8)}
    (work / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report


def frozen_features(plan: Plan, clips: Sequence[Clip], whisper: State, work: Path, tell: Tell) -> FeatureStore:
    lower = SpeechEncoder(plan.frozen, plan.shape.positions)
    lower.load_state_dict({name: whisper[name] for name in lower.state_dict()})
    return build_store(clips, lower, work / "cache", plan.versions, plan.data_seed, tell)


def cross_validate(
    plan: Plan,
    clips: Sequence[Clip],
    whisper: State,
    store: FeatureStore,
    pooled: torch.Tensor | None,
    work: Path,
    tell: Tell,
) -> Validation:
    speakers = np.array([clip.speaker for clip in clips])
    logits = np.zeros((2, len(clips), len(EMOTIONS)))
    for number, unheard in enumerate(folds(clips, plan.split, plan.folds, plan.data_seed)):
        inside = np.isin(speakers, unheard)
        heard, tested = np.flatnonzero(~inside), np.flatnonzero(inside)
        checkpoint = work / f"{plan.key}-fold{number}.pt"
        network = train_network(whisper, plan.shape, store, clips, heard, plan.recipe, pooled, checkpoint, tell)
        for version in (PLAIN, CROPPED):
            logits[version, tested] = predict(network, store, tested, version, pooled)
    return Validation(logits[PLAIN], logits[CROPPED])


def label_array(clips: Sequence[Clip]) -> NDArray[np.int64]:
    return np.array([clip.label for clip in clips], dtype=np.int64)


def validation_report(clips: Sequence[Clip], validation: Validation, temperature: float) -> dict[str, object]:
    """Figures per corpus, on the plain line and on random lines, of calibrated posteriors."""
    corpora, labels = np.array([clip.corpus for clip in clips]), label_array(clips)
    report: dict[str, object] = {}
    for line, logits in (("plain", validation.plain), ("random", validation.cropped)):
        posteriors = softmax(logits / temperature)
        per_corpus = {name: figures(posteriors[corpora == name], labels[corpora == name]) for name in CORPORA}
        report[line] = {name: asdict(result) for name, result in per_corpus.items()}
    return report


def summary(report: dict[str, object]) -> str:
    """One line a corpus and line, for a terminal and the diary."""
    lines = []
    for line in ("plain", "random"):
        results = report[line]
        assert isinstance(results, dict)
        for corpus, values in results.items():
            result = Figures(**values)
            lines.append(
                f"{line:6} {corpus:8} recall {result.unweighted_recall:.3f}  angry AUC {result.angry_auc or 0:.3f}  "
                f"angry/happy AUC {result.angry_happy_auc or 0:.3f}  ECE {result.calibration_error:.3f}"
            )
    return "\n".join(lines)


def numpy_state(network: EmotionNetwork) -> dict[str, NDArray[np.float32]]:
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def metadata(plan: Plan, temperature: float) -> dict[str, str]:
    return {
        "name": plan.name,
        "labels": json.dumps(EMOTIONS),
        "temperature": repr(temperature),
        "commit": git_commit(),
        "data": json.dumps(CORPORA),
        "licence": "weights saw CC BY-NC-SA 4.0 data: non-commercial use",
    }


def git_commit() -> str:
    """The commit the code stood at; `unknown` outside a checkout."""
    folder = Path(__file__).parent
    command = ["git", "rev-parse", "--short=10", "HEAD"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def parity(network: EmotionNetwork, temperature: float, fp32: Path, int8: Path) -> dict[str, float]:
    """Largest difference of a posterior between torch and each file, over made-up sounds of 0.5 to 5 s."""
    from tonewatch.workers.mel import RATE_HZ, speech_mel

    rng = np.random.default_rng(0)
    sounds = [rng.standard_normal(int(seconds * RATE_HZ)).astype(np.float32) for seconds in (0.5, 1.0, 2.0, 5.0)]
    wanted = []
    with torch.no_grad():
        for samples in sounds:
            mel = torch.from_numpy(speech_mel(samples))[None]
            logits = network(mel, torch.tensor([mel.shape[2]]))[0].double().numpy()
            wanted.append(softmax(logits / temperature))
    return {
        path.name: float(np.abs(np.array(Encoder(path).posteriors(sounds)) - np.array(wanted)).max())
        for path in (fp32, int8)
    }
