"""Training the head that judges a segment against the caller's own baseline.

Its formula stands in `stream/tone/model/relative_head.py`.

For every clip other clips of the same voice are drawn as its baseline, as a call might have brought them: some of
everything, calm speech only, or one emotion only, so that the head learns how much to trust a baseline of each kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from tonewatch.models.corpora import Clip
from tonewatch.models.encoder.features import FeatureStore
from tonewatch.models.encoder.fitting import Fusion
from tonewatch.models.encoder.network import WIDTHS, EmotionNetwork
from tonewatch.models.encoder.targets import Targets, head_loss, targets_of
from tonewatch.models.encoder.training import batch_size, item_weights, pool_items
from tonewatch.stream.tone.model.relative_head import RelativeHead

CALM = ("neutral", "calm")
TRAINING_TEMPERATURE = 2.0
"""Answers about voices of the training are overconfident; at this temperature they resemble those about new voices."""


@dataclass(frozen=True)
class RelativeRecipe:
    """`members` networks of `embedding` numbers each are trained, from `seed` on.

    `whole`, `mixed`, `calm`: shares of baselines made of all other clips of a voice, of some of them, and of calm ones;
    the rest is made of one emotion. A partial baseline has `fewest` to `most` clips.
    """

    epochs: int = 14
    batch: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    dropout: float = 0.5
    embedding: int = 32
    hidden: int = 128
    whole: float = 0.4
    mixed: float = 0.2
    calm: float = 0.25
    fewest: int = 2
    most: int = 24
    members: int = 3
    seed: int = 0


class RelativeNetwork(nn.Module):
    """Standardised statistics [batch, all] of a clip and the mean of its voice's others -> logits of each head."""

    def __init__(self, size: int, recipe: RelativeRecipe) -> None:
        super().__init__()
        self.dropout = nn.Dropout(recipe.dropout)
        self.embed = nn.Linear(size, recipe.embedding, bias=False)
        self.hidden = nn.Linear(recipe.embedding + WIDTHS["emotion"] + 1, recipe.hidden)
        heads = ("emotion", "eight", "degraded")
        self.heads = nn.ModuleDict({name: nn.Linear(recipe.hidden, WIDTHS[name]) for name in heads})

    def forward(self, own: Tensor, mean: Tensor, posterior: Tensor, count: Tensor) -> dict[str, Tensor]:
        """`own`, `mean` [batch, statistics]; `posterior` [batch, 4]: mean posterior of the `count` [batch] others."""
        # Shrunk towards zero for few others: own - mean * n / (n + 1), which is the plain difference for a large n.
        difference = own - mean * (count / (count + 1.0))[:, None]
        # Posterior and count are scaled to about the size of the embedding's components.
        inputs = [self.embed(self.dropout(difference)), 3.0 * (posterior - 0.25), torch.log1p(count)[:, None] / 3.0]
        hidden = self.dropout(functional.gelu(self.hidden(torch.cat(inputs, 1)), approximate="tanh"))
        return {name: head(hidden) for name, head in self.heads.items()}


class RelativeEnsemble(nn.Module):
    """Networks that differ in their seed, and the mean of their logits: on few voices the seed alone decides too much.

    The mean of networks with one hidden layer is itself such a network, so the monitor knows of one head only.
    """

    def __init__(self, members: Sequence[RelativeNetwork]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, own: Tensor, mean: Tensor, posterior: Tensor, count: Tensor) -> dict[str, Tensor]:
        answers = [member(own, mean, posterior, count) for member in self.members]
        return {name: torch.stack([answer[name] for answer in answers]).mean(0) for name in answers[0]}

    @property
    def projection(self) -> NDArray[np.float32]:
        """[embedding of all members, statistics]."""
        return np.concatenate([_array(member.embed.weight) for member in self._networks])

    @property
    def _networks(self) -> list[RelativeNetwork]:
        return [member for member in self.members if isinstance(member, RelativeNetwork)]

    def head(self, space: str, fusion: Fusion) -> RelativeHead:
        """As the monitor runs it: hidden layers side by side, each with its own part of the embedding."""
        members = self._networks
        # One network in place of the mean of M: hidden layers side by side, output matrices side by side divided by M.
        # The embedding's columns are block diagonal, because each member has its own; posterior and count are shared.
        size = members[0].embed.out_features
        own: Tensor = torch.block_diag(*(member.hidden.weight[:, :size] for member in members))  # type: ignore[no-untyped-call]
        shared = torch.cat([member.hidden.weight[:, size:] for member in members])
        bias = torch.cat([member.hidden.bias for member in members])
        weights = {"hidden": (_array(torch.cat([own, shared], 1)), _array(bias))}
        for name in ("emotion", "degraded"):
            heads = [member.heads[name] for member in members]
            # [classes, hidden of all members]: summing over members and dividing by M is the mean of their logits.
            matrix = torch.cat([_tensor(one.weight) for one in heads], 1) / len(members)
            weights[name] = (_array(matrix), _array(torch.stack([_tensor(one.bias) for one in heads]).mean(0)))
        return RelativeHead(space, weights, fusion.temperature, fusion.alone)


def _tensor(value: Tensor | nn.Module) -> Tensor:
    assert isinstance(value, Tensor)
    return value


def _array(value: Tensor | nn.Module) -> NDArray[np.float32]:
    return np.asarray(_tensor(value).detach().numpy(), dtype=np.float32)


@dataclass(frozen=True)
class Voices:
    """The clips by voice: the pool that a baseline is drawn from."""

    clips: Sequence[Clip]

    @cached_property
    def of(self) -> dict[tuple[str, str], NDArray[np.int64]]:
        """Indices by speaker and kind: `mixed`, `calm`, and the others of the eight emotions that the voice has."""
        speakers, words = (np.array([getattr(clip, part) for clip in self.clips]) for part in ("speaker", "emotion8"))
        found = {(name, "mixed"): np.flatnonzero(speakers == name) for name in np.unique(speakers).tolist()}
        for name, _ in list(found):
            own = found[name, "mixed"]
            found[name, "calm"] = own[np.isin(words[own], CALM)]
            found |= {
                (name, word): own[words[own] == word]
                for word in np.unique(words[own]).tolist()
                if word not in ("", "calm")
            }
        return found

    def emotions(self, index: int) -> list[str]:
        """Those of the eight that the voice of a clip has, without calm, which is a kind of its own."""
        speaker = self.clips[index].speaker
        return [kind for name, kind in self.of if name == speaker and kind not in ("mixed", "calm")]

    def others(self, index: int, kind: str, rng: np.random.Generator, most: int) -> NDArray[np.int64]:
        """At most `most` other clips of the same voice: `mixed`, `calm`, or the name of one of the eight emotions."""
        indices = self.of[self.clips[index].speaker, kind]
        indices = indices[indices != index]
        return np.asarray(rng.permutation(indices)[:most])

    @cached_property
    def numbers(self) -> Tensor:
        """Of each clip its voice, as a number [clips]."""
        speakers = [clip.speaker for clip in self.clips]
        _, numbers = np.unique(speakers, return_inverse=True)
        return torch.from_numpy(numbers)

    def sums(self, known: Described) -> tuple[Tensor, Tensor]:
        """Of each voice the sum of its clips' mean statistics and posteriors over all versions."""
        voices = int(self.numbers.max()) + 1
        standard, posterior = (
            torch.zeros(voices, each.shape[1]).index_add_(0, self.numbers, each)
            for each in (known.mean_standard, known.mean_posterior)
        )
        return standard, posterior

    def whole(
        self, known: Described, indices: NDArray[np.int64], sums: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """For each clip the means over all other clips of its voice in all versions, and how many clips they are.

        `sums`: those of `known`, where they were made before.
        """
        index = torch.from_numpy(indices)
        voice = self.numbers[index]
        count = (torch.bincount(self.numbers)[voice] - 1).float()
        parts = []
        # Leave-one-out means from one sum per voice: (sum over the voice - own) / (n - 1).
        for each, total in zip((known.mean_standard, known.mean_posterior), sums or self.sums(known), strict=True):
            parts.append((total[voice] - each[index]) / count.clamp(min=1.0)[:, None])
        standard, posterior = parts
        # Without another clip nothing is known: a uniform posterior.
        posterior[count == 0] = 1.0 / posterior.shape[1]
        return standard, posterior, count


@dataclass(frozen=True)
class Described:
    """Every item: standardised statistics [versions, clips, all] and posterior alone [versions, clips, 4]."""

    standard: Tensor
    posterior: Tensor

    @cached_property
    def mean_standard(self) -> Tensor:
        return self.standard.mean(0)

    @cached_property
    def mean_posterior(self) -> Tensor:
        return self.posterior.mean(0)


@torch.no_grad()
def described(
    network: EmotionNetwork, store: FeatureStore, temperature: float, *, with_dropout: bool, frozen: int
) -> Described:
    """`with_dropout`: dropout stays active, for voices that the network was trained on."""
    network.eval()
    pooled = pool_items(network, store, np.arange(store.lengths.size), frozen)
    # Batch normalisation with the statistics of the training (eval above); dropout is switched on only after it.
    standard = network.head.standardise(pooled)
    if with_dropout:
        network.head.dropout.train()
    logits = network.head.decide(pooled)["emotion"]
    network.eval()
    shape = (store.versions, store.clips, -1)
    return Described(standard.reshape(shape), (logits / temperature).softmax(-1).reshape(shape))


def draw_baseline(
    voices: Voices,
    known: Described,
    indices: NDArray[np.int64],
    kinds: Sequence[str],
    rng: np.random.Generator,
    most: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """For each clip the mean statistics and posterior of other clips of its voice, in random versions, and how many."""
    mean = torch.zeros(indices.size, known.standard.shape[2])
    posterior = torch.full((indices.size, WIDTHS["emotion"]), 0.25)
    count = torch.zeros(indices.size)
    for row, (index, kind) in enumerate(zip(indices.tolist(), kinds, strict=True)):
        others = voices.others(index, kind, rng, most)
        if others.size:
            # Each of the other clips in a random version of its line, as a call's segments differ.
            versions = rng.integers(0, known.standard.shape[0], others.size)
            mean[row] = known.standard[versions, others].mean(0)
            posterior[row] = known.posterior[versions, others].mean(0)
            count[row] = others.size
    return mean, posterior, count


def train_relative(
    clips: Sequence[Clip], known: Described, indices: NDArray[np.int64], recipe: RelativeRecipe
) -> RelativeEnsemble:
    """Trained on the clips at `indices`; their descriptions in `known` are made with dropout."""
    seeds = range(recipe.seed, recipe.seed + recipe.members)
    return RelativeEnsemble([train_member(clips, known, indices, replace(recipe, seed=seed)) for seed in seeds]).eval()


def train_member(
    clips: Sequence[Clip], known: Described, indices: NDArray[np.int64], recipe: RelativeRecipe
) -> RelativeNetwork:
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    network = RelativeNetwork(known.standard.shape[2], recipe)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    batches = max(1, indices.size // batch_size(recipe.batch, indices.size))
    # One step more than there are batches, because the scheduler counts the initial rate as a step.
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=recipe.epochs * batches + 1, pct_start=0.05
    )
    trained = [clips[index] for index in indices]
    targets, weights = targets_of(trained, tuple(network.heads)), torch.from_numpy(item_weights(trained))
    voices = Voices(clips)
    sums = voices.sums(known)
    network.train()
    for _ in range(recipe.epochs):
        order = rng.permutation(indices.size)
        for chosen in np.array_split(order, batches):
            _step(
                network,
                optimiser,
                voices,
                known,
                indices[chosen],
                targets.at(torch.from_numpy(chosen)),
                weights[torch.from_numpy(chosen)],
                recipe,
                rng,
                sums,
            )
            schedule.step()
    return network.eval()


def _step(
    network: RelativeNetwork,
    optimiser: torch.optim.Optimizer,
    voices: Voices,
    known: Described,
    indices: NDArray[np.int64],
    targets: Targets,
    weights: Tensor,
    recipe: RelativeRecipe,
    rng: np.random.Generator,
    sums: tuple[Tensor, Tensor],
) -> None:
    baseline = draw_training_baseline(voices, known, indices, recipe, rng, sums)
    # The clip itself in a random version of its line: [batch, statistics].
    own = known.standard[rng.integers(0, known.standard.shape[0], indices.size), indices]
    logits = network(own, *baseline)
    loss = torch.stack([head_loss(name, logits[name], targets, weights) for name in logits]).sum()
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    optimiser.step()


def draw_training_baseline(
    voices: Voices,
    known: Described,
    indices: NDArray[np.int64],
    recipe: RelativeRecipe,
    rng: np.random.Generator,
    sums: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """As `draw_baseline`; a baseline of all other clips is computed from the voice's sums instead of drawn."""
    # One limit for the batch, so that short baselines of a beginning call and long ones are both trained on.
    most = int(rng.integers(recipe.fewest, recipe.most + 1))
    whole = rng.random(indices.size) < recipe.whole
    kinds = [draw_kind(voices, index, recipe, rng) for index in indices[~whole].tolist()]
    found = tuple(torch.empty(indices.size, *part.shape[1:]) for part in voices.whole(known, indices[:1], sums))
    for chosen, baseline in (
        (whole, voices.whole(known, indices[whole], sums)),
        (~whole, draw_baseline(voices, known, indices[~whole], kinds, rng, most)),
    ):
        for target, part in zip(found, baseline, strict=True):
            target[torch.from_numpy(chosen)] = part
    mean, posterior, count = found
    return mean, posterior, count


def draw_kind(voices: Voices, index: int, recipe: RelativeRecipe, rng: np.random.Generator) -> str:
    # Uniform over [whole, 1): the share of whole baselines was drawn before.
    probability = recipe.whole + (1.0 - recipe.whole) * rng.random()
    if probability < recipe.whole + recipe.mixed:
        return "mixed"
    if probability < recipe.whole + recipe.mixed + recipe.calm:
        return "calm"
    return str(rng.choice(voices.emotions(index)))
