"""The encoder from recordings to committed weights, in eight steps.

    tonewatch train encoder --data RECORDINGS --work build/encoder

1. read the labelled clips, 2. cut Whisper tiny.en's encoder to its first layers, 3. run the frozen layers once over
every clip and several telephone lines, 4. cross-validate over speakers, training the layers above and the heads, 5. fit
calibration and uncertainty on answers about held-out voices, 6. train on all clips, 7. export to ONNX with a model card
in each file, 8. compare the files with torch.

Departures from the sources: only the first layers of Whisper are kept (emotion is clearest there), audio is not padded
to 30 s, statistics are pooled per layer and not after the sum over layers, and clips whose emotion is not among the
four are used by a second head of eight.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from tonewatch.models.corpora import (
    CORPORA,
    EMOTIONS,
    MANIFEST,
    Clip,
    Split,
    commercially_usable,
    folds,
    labelled8,
    read_manifest,
)
from tonewatch.models.encoder.export import export_set
from tonewatch.models.encoder.features import FeatureStore, background, build_store, describe
from tonewatch.models.encoder.graph import EMBEDDING
from tonewatch.models.encoder.hub import find_model, read_encoder
from tonewatch.models.encoder.network import EmotionNetwork, Shape, SpeechEncoder
from tonewatch.models.encoder.training import Recipe, State, Watch, predict, train_network
from tonewatch.models.encoder.validation import (
    LINES,
    Fitted,
    Fold,
    Table,
    Validation,
    against_baselines,
    answers_on_noises,
    fit,
    joined,
    report_of,
)
from tonewatch.models.encoder.whisper_weights import find_model_bin, whisper_encoder_state
from tonewatch.models.shipped import voice_like
from tonewatch.models.tone.relative import (
    TRAINING_TEMPERATURE,
    RelativeEnsemble,
    RelativeRecipe,
    described,
    train_relative,
)
from tonewatch.stream.tone.model.relative_head import save_head
from tonewatch.workers.encoder import Card, Encoder, WeightsSet, softmax

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """The settings of one run. `frozen` layers are run once; those above, up to `shape.layers`, are trained.

    `whisper`: a hub's model id or a folder (`hub.py`) instead of tiny.en from its package.
    """

    shape: Shape = field(default_factory=Shape)
    recipe: Recipe = field(default_factory=Recipe)
    relative: RelativeRecipe = field(default_factory=RelativeRecipe)
    frozen: int = 3
    versions: int = 7
    folds: int = 5
    split: Split = Split.SPEAKER
    data_seed: int = 1
    weights: WeightsSet = WeightsSet.FULL
    corpora: tuple[str, ...] = CORPORA
    keep_folds: bool = False
    whisper: str = ""
    name: str = "whisper-tiny.en-emotion"

    @property
    def key(self) -> str:
        """Part of the checkpoints' names, so that a run never resumes from those of another plan."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class TrainingReport:
    """Metrics on held-out voices, each file's distance from torch, and the file that holds both."""

    metrics: Table
    parity: dict[str, float]
    path: Path


def train_encoder(plan: Plan, data: Path, work: Path, weights: Path, tell: Tell) -> TrainingReport:
    """Run the whole plan; the report is also written to `work`/report-SET.json."""
    clips = plan_clips(plan, data)
    plan, whisper = open_whisper(with_affect(plan, clips))
    store = frozen_features(plan, clips, whisper, data, work, tell)
    validation = cross_validate(plan, clips, whisper, store, work, tell)
    fitted = fit(clips, store, validation)
    table = report_of(clips, store, validation, fitted)
    everyone = np.arange(len(clips))
    networks = train_both(plan, clips, whisper, store, everyone, work / f"{plan.key}-everyone.pt", tell)
    files, card = export(plan, clips, networks, fitted, weights, str(plan.weights))
    report = TrainingReport(table, parity(networks[0], card, files), work / f"report-{plan.weights}.json")
    written = {"metrics": table, "plan": asdict(plan), "card": card.properties(), "parity": report.parity}
    report.path.write_text(json.dumps(written | {"commit": git_commit()}, indent=2) + "\n")
    return report


def with_affect(plan: Plan, clips: Sequence[Clip]) -> Plan:
    """Adds the head of arousal and valence where a corpus has ratings of both."""
    if all(clip.arousal is None or clip.valence is None for clip in clips):
        return plan
    return replace(plan, shape=replace(plan.shape, heads=(*plan.shape.heads, "affect")))


def open_whisper(plan: Plan) -> tuple[Plan, State]:
    """The layers that the network begins from, and the plan with their size and name."""
    if not plan.whisper:
        return plan, whisper_encoder_state(find_model_bin(), plan.shape.layers, plan.shape.positions)
    found = read_encoder(find_model(plan.whisper), plan.shape.layers, plan.shape.positions)
    name = f"{Path(plan.whisper).name}-emotion"
    return replace(plan, shape=replace(plan.shape, body=found.body), name=name), found.state


def plan_clips(plan: Plan, data: Path) -> list[Clip]:
    """Every clip of one of the eight emotions, without cut ones; the commercial set takes only what licences allow."""
    clips = labelled8(clip for name in plan.corpora for clip in read_manifest(data / name / MANIFEST))
    return commercially_usable(clips) if plan.weights is WeightsSet.COMMERCIAL else clips


def frozen_features(
    plan: Plan, clips: Sequence[Clip], whisper: State, data: Path, work: Path, tell: Tell
) -> FeatureStore:
    """Output of the frozen layers; voices out of the folder `calls`, if any, talk behind some of the random lines."""
    lower, frames = lower_layers(plan, whisper), plan.frozen < plan.shape.layers
    voices = background(data / "calls")
    return build_store(
        clips,
        lower,
        work / "cache",
        plan.versions,
        plan.data_seed,
        tell,
        voices=voices,
        keep_frames=frames,
        int8=not frames,
    )


def lower_layers(plan: Plan, whisper: State) -> SpeechEncoder:
    lower = SpeechEncoder(plan.frozen, plan.shape.positions, plan.shape.body)
    lower.load_state_dict({name: whisper[name] for name in lower.state_dict()})
    return lower.eval()


def cross_validate(
    plan: Plan, clips: Sequence[Clip], whisper: State, store: FeatureStore, work: Path, tell: Tell
) -> Validation:
    """One training per fold. With early stopping, the voices of the next fold are watched and not trained on."""
    speakers = np.array([clip.speaker for clip in clips])
    groups = folds(clips, plan.split, plan.folds, plan.data_seed)
    done = []
    for number, held_out in enumerate(groups):
        tested = np.flatnonzero(np.isin(speakers, held_out))
        next_group = groups[(number + 1) % len(groups)] if plan.recipe.patience else []
        watched = np.flatnonzero(np.isin(speakers, next_group))
        # Neither the tested voices nor those that decide when to stop are trained on.
        trained = np.setdiff1d(np.arange(len(clips)), np.concatenate([tested, watched]))
        checkpoint = work / f"{plan.key}-fold{number}.pt"
        networks = train_both(plan, clips, whisper, store, trained, checkpoint, tell, watched)
        done.append(fold_answers(plan, clips, store, tested, *networks))
        if plan.keep_folds:
            export_fold(plan, clips, store, networks, done[-1], held_out, work / "folds", number)
    return joined(done)


def train_both(
    plan: Plan,
    clips: Sequence[Clip],
    whisper: State,
    store: FeatureStore,
    trained: NDArray[np.int64],
    checkpoint: Path,
    tell: Tell,
    watched: NDArray[np.int64] | None = None,
) -> tuple[EmotionNetwork, RelativeEnsemble]:
    """The network for a clip alone, then the head against its voice's baseline; `trained` are indices of clips."""
    watch = Watch(watched, LINES["random"]) if watched is not None and watched.size else None
    network = train_network(
        whisper, plan.shape, store, clips, trained, plan.recipe, plan.frozen, checkpoint, tell, watch
    )
    # With dropout: without it the posteriors of voices that were trained on are surer than those of new voices.
    known = described(network, store, TRAINING_TEMPERATURE, with_dropout=True, frozen=plan.frozen)
    tell(f"{checkpoint.stem}: against the baseline")
    return network, train_relative(clips, known, trained, plan.relative)


def fold_answers(
    plan: Plan,
    clips: Sequence[Clip],
    store: FeatureStore,
    tested: NDArray[np.int64],
    network: EmotionNetwork,
    relative: RelativeEnsemble,
) -> Fold:
    speech = {line: predict(network, store, tested, version, plan.frozen) for line, version in LINES.items()}
    known = described(network, store, TRAINING_TEMPERATURE, with_dropout=False, frozen=plan.frozen)
    return Fold(
        tested, speech, against_baselines(relative, clips, known, tested, plan.data_seed), answers_on_noises(network)
    )


def export(
    plan: Plan,
    clips: Sequence[Clip],
    networks: tuple[EmotionNetwork, RelativeEnsemble],
    fitted: Fitted,
    folder: Path,
    name: str,
) -> tuple[list[Path], Card]:
    """The graphs, their weights, and the monitor's head, which names the space of embeddings of its training."""
    network, relative = networks
    state = numpy_state(network) | {EMBEDDING: relative.projection}
    space = hashlib.sha256(state[EMBEDDING].tobytes()).hexdigest()[:12]
    licences = "; ".join(sorted({f"{clip.corpus}: {clip.licence}" for clip in clips}))
    corpora = tuple(sorted({clip.corpus for clip in clips}))
    card = Card(
        plan.name,
        EMOTIONS,
        git_commit(),
        fitted.calibration,
        fitted.uncertainty,
        space,
        corpora,
        f"weights saw {licences}",
    )
    base = Path(plan.whisper).name or "whisper"
    files = export_set(state, card, folder, name, plan.frozen, base)
    save_head(relative.head(space, fitted.fusion), folder / f"{name}-relative.npz")
    return list(files.values()), card


def export_fold(
    plan: Plan,
    clips: Sequence[Clip],
    store: FeatureStore,
    networks: tuple[EmotionNetwork, RelativeEnsemble],
    fold: Fold,
    held_out: Sequence[str],
    folder: Path,
    number: int,
) -> None:
    """A fold's networks as files, and the speakers held out from it: for metrics over whole calls.

    Calibration is fitted on the fold's own answers: those of the other folds do not exist yet.
    """
    inside = [clips[index] for index in fold.indices]
    # Items are numbered version * clips + clip: [versions, clips] cut to the clips of the fold.
    picked = replace(
        store, lengths=store.lengths.reshape(store.versions, -1)[:, fold.indices].reshape(-1), clips=len(inside)
    )
    fitted = fit(inside, picked, joined([replace(fold, indices=np.arange(len(inside)))]))
    files, _ = export(plan, clips, networks, fitted, folder, f"fold{number}")
    index = folder / "folds.json"
    known = json.loads(index.read_text()) if index.exists() else {}
    known |= {speaker: next(path.name for path in files if "int8" in path.name) for speaker in held_out}
    index.write_text(json.dumps(known, indent=2) + "\n")


def numpy_state(network: EmotionNetwork) -> dict[str, NDArray[np.float32]]:
    return {name: value.detach().numpy() for name, value in network.state_dict().items()}


def git_commit() -> str:
    """The commit of the code; `unknown` outside a checkout."""
    folder = Path(__file__).parent
    command = ["git", "rev-parse", "--short=10", "HEAD"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result.stdout.strip() if result.returncode == 0 else "unknown"


def parity(network: EmotionNetwork, card: Card, files: Sequence[Path]) -> dict[str, float]:
    """Largest difference of a posterior between torch and each file, over made-up sounds of 0.5 to 5 s."""
    seconds = np.array([0.5, 1.0, 2.0, 5.0])
    sounds = [voice_like(one, f0_hz) for one, f0_hz in zip(seconds, (110.0, 150.0, 200.0, 260.0), strict=True)]
    with torch.no_grad():
        pooled = torch.stack([describe(network.encoder, samples)[1] for samples in sounds])
    logits = network.answers(pooled).logits["emotion"]
    wanted = softmax(logits / card.calibration.temperature(seconds)[:, None])
    return {path.name: float(np.abs(np.array(Encoder(path).posteriors(sounds)) - wanted).max()) for path in files}
