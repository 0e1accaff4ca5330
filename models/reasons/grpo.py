"""GRPO-PTR for the small explainer: samples of one moment against each other, rewarded for answer and reason.

After EmotionThinker (ICLR 2026, arXiv 2601.15668): 8 samples a prompt, KL 0.04 to the supervised network, trust weight
per group, and the reward of the reason is added once the accuracy has settled. Departures:

 1. Factual alignment is computed by the claim checker instead of guessed by a judge; interpretation, completeness and
    fluency are rules (rewards.py) instead of a learned reward model.
 2. The outcome has two parts (did the tone degrade; which emotion), and an answer of `unsure` is worth something.
 3. The grammar holds while sampling, so the format's reward only tells reasons that never end.
 4. One gradient step a batch of samples, so the ratio to the old policy is 1 and nothing is clipped.
 5. The learning rate is 300 times the paper's: a hundred thousand weights, not seven billion. Steps are as many as
    the machine allows; the diary says how many.
 6. "Settled": the accuracy of the last `window` steps is less than a point above that of the window before, or a third
    of the steps is done.
 7. Beside its share in the group's reward, the answer is rewarded by its expected reward over all its values
    (expected.py), with the weight `answer`: one symbol in eighty hardly learns from the value that was drawn.

    tonewatch train explainer grpo --calls CALLS --work build/explainer
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import torch
from torch import Tensor

from tonewatch.models.reasons.examples import RewardExample
from tonewatch.models.reasons.expected import expected_outcome
from tonewatch.models.reasons.network import Explainer, left_padded, with_before
from tonewatch.models.reasons.rewards import Scores, advantages, rewards, score
from tonewatch.models.reasons.sampling import sample
from tonewatch.workers.reasons.engines import tokens
from tonewatch.workers.reasons.engines.grammar import Grammar

Say = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """`trust` and `schedule` off are the paper's ablations; `reason` off is plain GRPO on format and outcome."""

    name: str = "grpo"
    steps: int = 150
    prompts: int = 4
    samples: int = 8
    rate: float = 3e-4
    kl: float = 0.04
    answer: float = 1.0
    temperature: float = 1.0
    reason: bool = True
    trust: bool = True
    schedule: bool = True
    window: int = 15
    seed: int = 0
    every: int = 10
    seconds: float = math.inf


class Step(msgspec.Struct, frozen=True):
    """Metrics of one step for the diary; means over its samples."""

    step: int
    accuracy: float
    alignment: float
    reason: float
    reward: float
    kl: float
    reason_on: bool


def train(
    net: Explainer,
    reference: Explainer,
    grammar: Grammar,
    examples: Iterator[RewardExample],
    recipe: Recipe,
    work: Path,
    say: Say,
) -> list[Step]:
    """`net` is changed. Resumes from `work` where a run of the same name was stopped."""
    optimiser = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=0.0)
    path = work / f"{recipe.name}.pt"
    log = _resume(path, net, optimiser)
    began = time.monotonic()
    # The stream is seeded: skipping what the earlier steps took makes a resumed run the same as an unbroken one.
    for _ in range(len(log) * recipe.prompts):
        next(examples)
    while len(log) < recipe.steps and time.monotonic() - began < recipe.seconds:
        generator = torch.Generator().manual_seed(recipe.seed * 1_000_003 + len(log))
        asked = [next(examples) for _ in range(recipe.prompts)]
        log.append(_step(net, reference, grammar, asked, recipe, optimiser, generator, log))
        if len(log) % recipe.every == 0 or len(log) == recipe.steps:
            _keep(path, net, optimiser, log)
            say(f"{recipe.name} {_mean_of(log[-recipe.every :])}, {time.monotonic() - began:.0f} s")
    return log


def reason_enabled(log: Sequence[Step], recipe: Recipe) -> bool:
    """Is the reward of the reason added from this step on (departure 6)?"""
    if not recipe.schedule or len(log) >= recipe.steps / 3 or (log and log[-1].reason_on):
        return True
    if len(log) < 2 * recipe.window:
        return False
    before, now = log[-2 * recipe.window : -recipe.window], log[-recipe.window :]
    return _mean(s.accuracy for s in now) - _mean(s.accuracy for s in before) < 0.01


def _step(
    net: Explainer,
    reference: Explainer,
    grammar: Grammar,
    asked: Sequence[RewardExample],
    recipe: Recipe,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    log: Sequence[Step],
) -> Step:
    # Group by group: row g * samples + s is sample s of moment g.
    rows = [example for example in asked for _ in range(recipe.samples)]
    pointers = {id(example): tokens.pointers_of(example.facts) for example in asked}
    prompts = [tokens.encode(tokens.read(example.facts), grammar.places) for example in rows]  # symbols as ids
    written = sample(
        net, grammar, prompts, [pointers[id(r)] for r in rows], temperature=recipe.temperature, generator=generator
    )
    scores = [
        score(tokens.write(one.symbols, pointers[id(example)]), example.facts, example.label, example.degraded)
        for one, example in zip(written, rows, strict=True)
    ]
    on = recipe.reason and reason_enabled(log, recipe)
    found, gains = _rewarded(scores, recipe, on)
    policy = _likelihood(net, prompts, [one.ids for one in written])
    with torch.no_grad():
        frozen = _likelihood(reference, prompts, [one.ids for one in written])
    loss, kl = _loss(policy, frozen, torch.tensor(gains), recipe.kl)
    if whole := [row for row, one in enumerate(written) if one.whole]:
        answered = expected_outcome(policy.logits[whole], grammar.places, [rows[row] for row in whole])
        loss = loss - recipe.answer * answered.mean()
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimiser.step()
    return Step(
        step=len(log) + 1,
        accuracy=_mean(s.right for s in scores),
        alignment=_mean((s.alignment - 1) / 4 for s in scores),
        reason=_mean(s.reason for s in scores),
        reward=_mean(found),
        kl=kl,
        reason_on=on,
    )


def _rewarded(scores: Sequence[Scores], recipe: Recipe, on: bool) -> tuple[list[float], list[float]]:
    """Rewards, and advantages within each group."""
    found: list[float] = []
    gains: list[float] = []
    for start in range(0, len(scores), recipe.samples):
        group = rewards(scores[start : start + recipe.samples], reason=on, trusted=recipe.trust)
        found += group
        gains += advantages(group)
    return found, gains


@dataclass(frozen=True)
class SymbolLikelihoods:
    """`each`: log likelihood of the written symbols (rows, symbols), 0 where `mask` is false.

    `logits` of all symbols (rows, symbols, vocabulary).
    """

    each: Tensor
    mask: Tensor
    logits: Tensor


def _likelihood(
    net: Explainer, prompts: Sequence[Sequence[int]], written: Sequence[Sequence[int]]
) -> SymbolLikelihoods:
    ids, mask = left_padded([[*p, *w] for p, w in zip(prompts, written, strict=True)])
    is_written = torch.zeros_like(mask)
    for row, own in enumerate(written):
        # Rows are padded on the left, so the written symbols are the last ones.
        is_written[row, ids.shape[1] - len(own) :] = True
    # Logits at position t predict the symbol at t + 1: inputs without the last, targets without the first.
    logits, _ = net(with_before(ids[:, :-1]), mask[:, :-1], net.nothing(len(ids)))
    each = logits.log_softmax(-1).gather(-1, ids[:, 1:, None])[..., 0]
    return SymbolLikelihoods(each * is_written[:, 1:], is_written[:, 1:], logits)


def _loss(policy: SymbolLikelihoods, frozen: SymbolLikelihoods, gains: Tensor, weight: float) -> tuple[Tensor, float]:
    """Policy gradient with the KL estimate exp(d) - d - 1 (Schulman), a mean over symbols, then over rows."""
    # d = ln p(reference) - ln p(policy) per symbol; exp(d) - d - 1 estimates KL(policy || reference), and is never < 0.
    difference = frozen.each - policy.each
    kl = (difference.exp() - difference - 1) * policy.mask
    length = policy.mask.sum(1)
    # The ratio to the old policy is exp(0) = 1 in value, but its gradient is that of ln p: advantage * grad ln p.
    gain = (policy.each - policy.each.detach()).exp() * gains[:, None] * policy.mask
    loss = -((gain - weight * kl).sum(1) / length).mean()
    return loss, (kl.sum(1) / length).mean().item()


def _mean(found: Iterable[float]) -> float:
    values = [float(one) for one in found]
    return sum(values) / len(values)


def _mean_of(log: Sequence[Step]) -> str:
    return (
        f"step {log[-1].step}: accuracy {_mean(s.accuracy for s in log):.3f}, alignment "
        f"{_mean(s.alignment for s in log):.3f}, reason {_mean(s.reason for s in log):.3f}, "
        f"kl {_mean(s.kl for s in log):.4f}{', reason on' if log[-1].reason_on else ''}"
    )


def _keep(path: Path, net: Explainer, optimiser: torch.optim.Optimizer, log: Sequence[Step]) -> None:
    fresh = path.with_suffix(".part")
    state = {"net": net.state_dict(), "optimiser": optimiser.state_dict(), "log": msgspec.json.encode(log).decode()}
    torch.save(state, fresh)
    fresh.replace(path)


def _resume(path: Path, net: Explainer, optimiser: torch.optim.Optimizer) -> list[Step]:
    if not path.is_file():
        return []
    state = torch.load(path, weights_only=True)
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(state["optimiser"])
    return msgspec.json.decode(state["log"], type=list[Step])


def example_rng(seed: int) -> random.Random:
    """The stream of examples is the same for each ablation."""
    # The name is that of the runs in the diary: another one would draw another stream.
    return random.Random(f"lessons/{seed}")
