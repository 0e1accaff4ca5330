"""The training loop: upper layers and head, over cached outputs of the frozen layers; resumes to the bit.

Items are weighted so that rare emotions count more, and two voices with many clips no more than ten with few. Every
head has a loss of its own, over the clips that have a target for it. Mixup (Zhang et al. 2018, arXiv 1710.09412) of the
pooled statistics keeps the posterior from becoming overconfident; masks over time (Park et al. 2019, SpecAugment, arXiv
1904.08779) keep it from leaning on one syllable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from tonewatch.models.corpora import Clip
from tonewatch.models.encoder.features import FeatureStore
from tonewatch.models.encoder.network import Answers, EmotionNetwork, Shape
from tonewatch.models.encoder.targets import Targets, head_loss, targets_of

State = dict[str, torch.Tensor]
POOLED_BATCHES = 4  # batches whose items are sorted by length together, where frames are padded


LEAST_BATCH = 32
BATCHES = 8


def batch_size(most: int, clips: int) -> int:
    """`most`, or less for few clips, so that an epoch has several batches: one step an epoch teaches nothing."""
    return min(most, max(LEAST_BATCH, clips // BATCHES))


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of one training; `batch` is the largest one (`batch_size`)."""

    epochs: int = 15
    batch: int = 192
    learning_rate: float = 2e-3
    upper_learning_rate: float = 2e-4  # for the transformer layers above the frozen ones
    weight_decay: float = 0.05
    mixup: float = 0.0
    masks: int = 2  # stretches of time that are blanked, where layers above the frozen ones are trained
    mask_share: float = 1 / 6  # of the length, at most, for each of them
    patience: int = 0  # epochs without a better log loss on the watched voices; 0: no voices are watched
    seed: int = 0


@dataclass(frozen=True)
class Watch:
    """Clips for early stopping, not trained on, in one version of their lines; `indices` are those of the clips."""

    indices: NDArray[np.int64]
    version: int


def item_weights(clips: Sequence[Clip]) -> NDArray[np.float32]:
    """1 / sqrt(clips of the same speaker and emotion), scaled to a mean of 1: a voice counts, not its clips alone."""
    counts = Counter((clip.speaker, clip.emotion) for clip in clips)
    # 1 / sqrt(n): between equal clips (1) and equal classes (1 / n).
    weights = np.array([counts[clip.speaker, clip.emotion] ** -0.5 for clip in clips], dtype=np.float32)
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def epoch_batches(lengths: NDArray[np.int64], size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Indices of items, batch by batch, in random order; leaves out the items that do not fill a batch.

    Items of a few batches are sorted by length among themselves: that saves padding, and yet no batch holds one corpus
    only, which length alone would tell.
    """
    size = min(size, lengths.size)
    # Only whole batches: batch normalisation of a single item would have no variance.
    order = rng.permutation(lengths.size)[: lengths.size // size * size]
    batches: list[NDArray[np.int64]] = []
    for start in range(0, order.size, POOLED_BATCHES * size):
        group = order[start : start + POOLED_BATCHES * size]
        group = group[np.argsort(lengths[group], kind="stable")]
        batches += np.split(group, range(size, group.size, size))
    for index in rng.permutation(len(batches)):
        yield batches[index]


def blank(frames: torch.Tensor, mask: torch.Tensor, recipe: Recipe, rng: np.random.Generator) -> torch.Tensor:
    """Frames [batch, time, width] with some stretches of each item replaced by its own mean."""
    out = frames.clone()
    lengths = mask.sum(1).long().tolist()
    for row, length in enumerate(lengths):
        for _ in range(recipe.masks):
            # A width in 0 .. share * length, then a start at which it fits.
            wide = int(rng.integers(0, int(length * recipe.mask_share) + 1))
            start = int(rng.integers(0, length - wide + 1))
            out[row, start : start + wide] = frames[row, :length].mean(0)
    return out


class Trainer:
    """Trains `network` on the clips at `indices` of the store; `state()` and `restore()` between epochs."""

    def __init__(
        self,
        network: EmotionNetwork,
        store: FeatureStore,
        clips: Sequence[Clip],
        indices: NDArray[np.int64],
        recipe: Recipe,
        frozen: int,
    ) -> None:
        self.network, self.store, self.indices, self.recipe, self.frozen = network, store, indices, recipe, frozen
        trained = [clips[index] for index in indices]
        self.targets = targets_of(trained, network.shape.heads)
        self.weights = torch.from_numpy(item_weights(trained))
        self.epoch = 0
        self.step = 0
        self.best: tuple[float, State] | None = None
        self.best_epoch = 0
        self.rng = np.random.default_rng(recipe.seed)
        self.upper = [p for layer in list(network.encoder.layers)[frozen:] for p in layer.parameters()]
        # `peak` is ours: _schedule sets each group's rate to a share of it, so `lr` only has to be present.
        groups = [{"params": network.head.parameters(), "peak": recipe.learning_rate}]
        if self.upper:
            groups.append({"params": self.upper, "peak": recipe.upper_learning_rate})
        self.optimiser = torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay)
        torch.manual_seed(recipe.seed)

    def run_epoch(self) -> float:
        """One pass, each clip in one random version; returns the mean loss."""
        self.network.train()
        versions = self.rng.integers(0, self.store.versions, self.indices.size)
        items = versions * self.store.clips + self.indices  # the store's numbering of (version, clip)
        size = batch_size(self.recipe.batch, self.indices.size)
        batches = list(epoch_batches(self.store.lengths[items], size, self.rng))
        losses = [self._step(items, chosen, len(batches)) for chosen in batches]
        self.epoch += 1
        return float(np.mean(losses))

    def _pool(self, items: NDArray[np.int64]) -> torch.Tensor:
        """Statistics of all layers [items, 2 * width * layers]: stored for the frozen ones, else computed."""
        below = self.store.statistics[torch.from_numpy(items)]
        if not self.upper:
            return below
        frames, mask = self.store.batch(items.tolist())
        frames = blank(frames, mask, self.recipe, self.rng)
        return torch.cat(
            [below, self.network.head.pool(self.network.encoder.climb(frames, mask, self.frozen), mask)], 1
        )

    def _step(self, items: NDArray[np.int64], chosen: NDArray[np.int64], batches: int) -> float:
        # items: numbers in the store; chosen: positions in this epoch's order, which is the order of the targets.
        pooled = self._pool(items[chosen])
        index = torch.from_numpy(chosen)
        loss = self._loss(pooled, self.targets.at(index), self.weights[index])
        self._schedule(batches)
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_([*self.network.head.parameters(), *self.upper], 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def _loss(self, pooled: torch.Tensor, targets: Targets, weights: torch.Tensor) -> torch.Tensor:
        if self.recipe.mixup > 0.0:
            # lambda ~ Beta(a, a); each item is mixed with a random other one of the batch, targets and weights alike.
            share = float(self.rng.beta(self.recipe.mixup, self.recipe.mixup))
            other = torch.from_numpy(self.rng.permutation(len(weights)))
            pooled = share * pooled + (1.0 - share) * pooled[other]
            targets = targets.mixed(targets.at(other), share)
            weights = share * weights + (1.0 - share) * weights[other]
        logits = self.network.head.decide(pooled)
        return torch.stack([head_loss(name, logits[name], targets, weights) for name in logits]).sum()

    def _schedule(self, batches: int) -> None:
        """Linear warm-up over a twentieth of the steps, then a half cosine to zero."""
        steps = self.recipe.epochs * batches
        self.step += 1
        # rate = peak * min(1, t / (T / 20)) * (1 + cos(pi t / (T + 1))) / 2, for step t of T.
        rise = min(1.0, self.step / max(1.0, steps / 20))
        fall = 0.5 * (1.0 + np.cos(np.pi * min(1.0, self.step / (steps + 1))))
        for group in self.optimiser.param_groups:
            group["lr"] = float(group["peak"] * rise * fall)  # no number of numpy's in a checkpoint

    def remember(self, held_out_loss: float) -> None:
        """Keep a copy of the network if its log loss on the watched voices is the lowest so far."""
        if self.best is None or held_out_loss < self.best[0]:
            self.best = float(held_out_loss), {name: value.clone() for name, value in self.network.state_dict().items()}
            self.best_epoch = self.epoch

    @property
    def out_of_patience(self) -> bool:
        return self.best is not None and self.epoch - self.best_epoch >= self.recipe.patience

    def state(self) -> dict[str, object]:
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "recipe": asdict(self.recipe),
            "epoch": self.epoch,
            "step": self.step,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "torch_rng": torch.get_rng_state(),
            "numpy_rng": self.rng.bit_generator.state,
        }

    def save(self, path: Path) -> None:
        # Written beside and renamed: a run that is killed leaves the checkpoint before it whole.
        partial = path.with_suffix(".partial")
        torch.save(self.state(), partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """Continue from the state that `save` wrote; ValueError when it is of another recipe."""
        saved = torch.load(path, weights_only=True)
        if saved["recipe"] != asdict(self.recipe):
            raise ValueError(f"{path} was made by another recipe: {saved['recipe']}")
        self.epoch, self.step = saved["epoch"], saved["step"]
        self.best, self.best_epoch = saved["best"], saved["best_epoch"]
        self.network.load_state_dict(saved["network"])
        self.optimiser.load_state_dict(saved["optimiser"])
        # Both generators: torch draws the dropout, numpy the versions, batches and masks.
        torch.set_rng_state(saved["torch_rng"])
        self.rng.bit_generator.state = saved["numpy_rng"]


def train_network(
    whisper: State,
    shape: Shape,
    store: FeatureStore,
    clips: Sequence[Clip],
    indices: NDArray[np.int64],
    recipe: Recipe,
    frozen: int,
    checkpoint: Path,
    tell: Callable[[str], None],
    watch: Watch | None = None,
) -> EmotionNetwork:
    """From Whisper's state to a trained network, through checkpoints every few epochs.

    With a `watch`, the network of the epoch with the lowest log loss on the watched voices.
    """
    torch.manual_seed(recipe.seed)
    network = EmotionNetwork(shape)
    network.encoder.load_state_dict(whisper)
    trainer = Trainer(network, store, clips, indices, recipe, frozen)
    if checkpoint.exists():
        trainer.restore(checkpoint)
    while trainer.epoch < recipe.epochs and not trainer.out_of_patience:
        loss = trainer.run_epoch()
        message = f"{checkpoint.stem}: epoch {trainer.epoch} of {recipe.epochs}, loss {loss:.3f}"
        if watch is not None:
            held_out_loss = watched_loss(network, store, clips, watch, frozen)
            trainer.remember(held_out_loss)
            message += f", {held_out_loss:.3f} on held-out voices"
        ends = trainer.epoch == recipe.epochs or trainer.out_of_patience
        if trainer.epoch % 5 == 0 or ends or trainer.upper:
            trainer.save(checkpoint)
            tell(message)
    if trainer.best is not None:
        network.load_state_dict(trainer.best[1])
    return network.eval()


def watched_loss(
    network: EmotionNetwork, store: FeatureStore, clips: Sequence[Clip], watch: Watch, frozen: int
) -> float:
    """Mean log loss of the watched clips with one of the four emotions."""
    four = np.array([index for index in watch.indices if clips[index].emotion4])
    logits = torch.from_numpy(predict(network, store, four, watch.version, frozen).logits["emotion"])
    return float(functional.cross_entropy(logits, torch.tensor([clips[index].label for index in four])))


@torch.no_grad()
def pool_items(network: EmotionNetwork, store: FeatureStore, items: NDArray[np.int64], frozen: int) -> torch.Tensor:
    """Statistics of all layers [items, 2 * width * layers]; one item at a time, so that nothing is padded."""
    network.eval()
    pooled = store.statistics[torch.from_numpy(items)]
    if len(network.encoder.layers) == frozen:
        return pooled
    upper = []
    for item in items.tolist():
        frames, mask = store.batch([item])
        # [1, 2 * width * trained layers]
        upper.append(network.head.pool(network.encoder.climb(frames, mask, frozen), mask))
    return torch.cat([pooled, torch.cat(upper)], 1)


def predict(
    network: EmotionNetwork, store: FeatureStore, indices: NDArray[np.int64], version: int, frozen: int
) -> Answers:
    """Answers about one version of some clips."""
    return network.answers(pool_items(network, store, version * store.clips + indices, frozen))
