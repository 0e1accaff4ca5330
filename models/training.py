"""The training loop: upper layers and head, over cached outputs of the frozen layers; resumes to the bit.

Items are weighted so that within a corpus every emotion counts the same; mixup (Zhang et al. 2018) of the pooled
statistics keeps the posterior from growing too sure.
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

from tonewatch.models.corpora import EMOTIONS, Clip
from tonewatch.models.features import FeatureStore
from tonewatch.models.network import EmotionNetwork, Shape

State = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    epochs: int = 30
    batch: int = 48
    learning_rate: float = 1e-3
    upper_learning_rate: float = 5e-5  # for the transformer layers above the frozen ones
    weight_decay: float = 0.05
    mixup: float = 0.0
    stride: int = 2  # frames of 20 ms from one to the next that the head is trained on, where only it is trained
    seed: int = 0


def item_weights(clips: Sequence[Clip]) -> NDArray[np.float32]:
    """1 / sqrt(clips of the same corpus and emotion), scaled to a mean of 1."""
    counts = Counter((clip.corpus, clip.emotion4) for clip in clips)
    weights = np.array([counts[clip.corpus, clip.emotion4] ** -0.5 for clip in clips], dtype=np.float32)
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def epoch_batches(lengths: NDArray[np.int64], size: int, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    """Places of items of like length, batch by batch, in random order; leaves out what does not fill a batch."""
    order = np.argsort(lengths + rng.uniform(0.0, 30.0, lengths.size))
    size = min(size, lengths.size)
    skip = int(rng.integers(0, lengths.size % size + 1))
    starts = np.arange(skip, lengths.size - size + 1, size)
    for start in rng.permutation(starts):
        yield order[start : start + size]


class Trainer:
    """Trains `network` on the clips at `places` of the store; `state()` and `restore()` between epochs."""

    def __init__(
        self,
        network: EmotionNetwork,
        store: FeatureStore,
        clips: Sequence[Clip],
        places: NDArray[np.int64],
        recipe: Recipe,
        pooled: torch.Tensor | None = None,
    ) -> None:
        """`pooled` holds the statistics of every item of the store, where nothing below the head is trained."""
        self.network, self.store, self.places, self.recipe = network, store, places, recipe
        self.pooled = pooled
        self.labels = torch.tensor([clips[place].label for place in places])
        self.weights = torch.from_numpy(item_weights([clips[place] for place in places]))
        self.epoch = 0
        self.step = 0
        self.rng = np.random.default_rng(recipe.seed)
        frozen = store.data.shape[0]
        self.upper = [p for layer in list(network.encoder.layers)[frozen:] for p in layer.parameters()]
        groups = [{"params": network.head.parameters(), "peak": recipe.learning_rate}]
        if self.upper:
            groups.append({"params": self.upper, "peak": recipe.upper_learning_rate})
        self.optimiser = torch.optim.AdamW(groups, lr=0.0, weight_decay=recipe.weight_decay)
        torch.manual_seed(recipe.seed)

    def run_epoch(self) -> float:
        """One pass, each clip in one random version; returns the mean loss."""
        self.network.train()
        versions = self.rng.integers(0, self.store.versions, self.places.size)
        items = versions * self.store.clips + self.places
        # Like lengths together save padding; but length tells the corpus, so where nothing is padded, mix them all.
        lengths = self.store.lengths[items] if self.pooled is None else np.zeros(items.size, dtype=np.int64)
        losses = [self._step(items, chosen) for chosen in epoch_batches(lengths, self.recipe.batch, self.rng)]
        self.epoch += 1
        return float(np.mean(losses))

    def _pool(self, items: NDArray[np.int64]) -> torch.Tensor:
        if self.pooled is not None:
            return self.pooled[torch.from_numpy(items)]
        outputs, mask = self.store.batch(items.tolist(), 1 if self.upper else self.recipe.stride)
        return self.network.head.pool(self.network.encoder.climb(outputs, mask), mask)

    def _step(self, items: NDArray[np.int64], chosen: NDArray[np.int64]) -> float:
        pooled = self._pool(items[chosen])
        index = torch.from_numpy(chosen)
        loss = self._loss(pooled, self.labels[index], self.weights[index])
        self._schedule()
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())

    def _loss(self, pooled: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
        targets = functional.one_hot(labels, len(EMOTIONS)).float()
        if self.recipe.mixup > 0.0:
            share = float(self.rng.beta(self.recipe.mixup, self.recipe.mixup))
            other = torch.from_numpy(self.rng.permutation(labels.numel()))
            pooled = share * pooled + (1.0 - share) * pooled[other]
            targets = share * targets + (1.0 - share) * targets[other]
            weights = share * weights + (1.0 - share) * weights[other]
        losses = functional.cross_entropy(self.network.head.decide(pooled), targets, reduction="none")
        return (weights * losses).mean()

    def _schedule(self) -> None:
        """Linear warm-up over a twentieth of the steps, then a half cosine to zero."""
        steps = self.recipe.epochs * max(1, self.places.size // self.recipe.batch)
        self.step += 1
        rise = min(1.0, self.step / max(1.0, steps / 20))
        fall = 0.5 * (1.0 + np.cos(np.pi * min(1.0, self.step / (steps + 1))))
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * rise * fall

    def state(self) -> dict[str, object]:
        return {
            "recipe": asdict(self.recipe),
            "epoch": self.epoch,
            "step": self.step,
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "torch_rng": torch.get_rng_state(),
            "numpy_rng": self.rng.bit_generator.state,
        }

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save(self.state(), partial)
        partial.replace(path)

    def restore(self, path: Path) -> None:
        """Go on where `save` left off; the checkpoint must be of the same recipe."""
        saved = torch.load(path, weights_only=False)
        if saved["recipe"] != asdict(self.recipe):
            raise ValueError(f"{path} was made by another recipe: {saved['recipe']}")
        self.epoch, self.step = saved["epoch"], saved["step"]
        self.network.load_state_dict(saved["network"])
        self.optimiser.load_state_dict(saved["optimiser"])
        torch.set_rng_state(saved["torch_rng"])
        self.rng.bit_generator.state = saved["numpy_rng"]


@torch.no_grad()
def pool_store(network: EmotionNetwork, store: FeatureStore) -> torch.Tensor | None:
    """Statistics of every item [items, 2 * width * layers], once for all; None where training changes them."""
    if network.shape.attention or len(network.encoder.layers) > store.data.shape[0]:
        return None
    return torch.cat([network.head.pool(*store.batch([item])) for item in range(store.lengths.size)])


def train_network(
    whisper: State,
    shape: Shape,
    store: FeatureStore,
    clips: Sequence[Clip],
    places: NDArray[np.int64],
    recipe: Recipe,
    pooled: torch.Tensor | None,
    checkpoint: Path,
    tell: Callable[[str], None],
) -> EmotionNetwork:
    """From Whisper's state to a trained network, through checkpoints every few epochs."""
    torch.manual_seed(recipe.seed)
    network = EmotionNetwork(shape)
    network.encoder.load_state_dict(whisper)
    trainer = Trainer(network, store, clips, places, recipe, pooled)
    if checkpoint.exists():
        trainer.restore(checkpoint)
    while trainer.epoch < recipe.epochs:
        loss = trainer.run_epoch()
        if trainer.epoch % 5 == 0 or trainer.epoch == recipe.epochs or trainer.upper:
            trainer.save(checkpoint)
            tell(f"{checkpoint.stem}: epoch {trainer.epoch} of {recipe.epochs}, loss {loss:.3f}")
    return network.eval()


@torch.no_grad()
def predict(
    network: EmotionNetwork,
    store: FeatureStore,
    places: NDArray[np.int64],
    version: int,
    pooled: torch.Tensor | None = None,
) -> NDArray[np.float64]:
    """Logits [places, 4] of one version of some clips, one clip at a time."""
    network.eval()
    items = (version * store.clips + places).tolist()
    if pooled is not None:
        return np.asarray(network.head.decide(pooled[items]).double().numpy())
    rows = [network.forward_from(*store.batch([item]))[0] for item in items]
    return np.asarray(torch.stack(rows).double().numpy())
