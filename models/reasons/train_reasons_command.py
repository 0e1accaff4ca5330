"""`tonewatch train explainer sft` and `grpo`: the small explainer, from calls to weights."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tonewatch.models.degradation.listened_calls import OfflineListening, read_folds
from tonewatch.stream.errors import DependencyError
from tonewatch.workers.encoder import default_encoder_path

if TYPE_CHECKING:
    from tonewatch.models.reasons.dataset import Vocabulary
    from tonewatch.models.reasons.examples import KnownMoment
    from tonewatch.models.reasons.network import Explainer

explainer = typer.Typer(help="The small explainer: reasons from facts.", no_args_is_help=True)
_out = Console()

Calls = Annotated[Path, typer.Option(help="Stitched calls with the turns of each: tonewatch evaluate stitch.")]
Work = Annotated[Path, typer.Option(help="Examples and checkpoints; a run resumes here.")]
Folds = Annotated[Path | None, typer.Option(help="JSON of speaker to an encoder that has not heard that voice.")]
HeldOut = Annotated[
    list[str] | None, typer.Option("--held_out", help="A speaker to learn nothing from; may be given again.")
]
HeldOutCorpus = Annotated[list[str] | None, typer.Option(help="A corpus to learn nothing from; may be given again.")]
Cache = Annotated[Path, typer.Option(help="What was heard of the calls, kept between runs.")]
Minutes = Annotated[float, typer.Option(min=0.0, help="Stop after so long; the next run goes on. 0: no limit.")]


def need_torch() -> None:
    missing = [name for name in ("torch", "sklearn") if importlib.util.find_spec(name) is None]
    if missing:
        raise DependencyError(f"{', '.join(missing)} missing; run: pip install tonewatch[train]")


@explainer.command("sft")
def sft(
    calls: Calls,
    work: Work = Path("build/explainer"),
    folds: Folds = None,
    held_out: HeldOut = None,
    held_out_corpus: HeldOutCorpus = None,
    cache: Cache = Path("build/listened"),
    examples: Annotated[int, typer.Option(min=64, help="Reasons to write.")] = 6000,
    steps: Annotated[int, typer.Option(min=1)] = 520,
    width: Annotated[int, typer.Option(min=8)] = 64,
    layers: Annotated[int, typer.Option(min=1)] = 3,
    minutes: Minutes = 0.0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Supervised: write reasons from facts and learn to write them. Ends with weights in WORK/sft.onnx."""
    need_torch()
    import torch

    from tonewatch.models.reasons.dataset import prepare
    from tonewatch.models.reasons.sft import Recipe, train

    torch.set_num_threads(threads)
    moments = _moments(calls, folds, held_out, held_out_corpus, cache)
    dataset = prepare(moments, examples, work, seed, _out.print)
    recipe = Recipe(steps=steps, seed=seed, seconds=60 * minutes or float("inf"), width=width, layers=layers)
    net = train(dataset, recipe, work, _out.print)
    _export(net, dataset.words, "sft", work)


@explainer.command("grpo")
def grpo(
    calls: Calls,
    work: Work = Path("build/explainer"),
    folds: Folds = None,
    held_out: HeldOut = None,
    held_out_corpus: HeldOutCorpus = None,
    cache: Cache = Path("build/listened"),
    name: Annotated[str, typer.Option(help="Of the run: its checkpoint and its weights.")] = "grpo",
    steps: Annotated[int, typer.Option(min=1)] = 120,
    prompts: Annotated[int, typer.Option(min=1, help="Moments a step.")] = 4,
    samples: Annotated[int, typer.Option(min=2, help="Reasons a moment.")] = 8,
    reason: Annotated[bool, typer.Option(help="Without it: plain GRPO on format and outcome.")] = True,
    trust: Annotated[bool, typer.Option(help="The trust weight of a group.")] = True,
    schedule: Annotated[bool, typer.Option(help="The reason's reward waits until accuracy has settled.")] = True,
    answer: Annotated[float, typer.Option(min=0.0, help="Weight of what the answer may expect over all values.")] = 1.0,
    kl: Annotated[float, typer.Option(min=0.0, help="Weight of staying near the supervised network.")] = 0.04,
    minutes: Minutes = 0.0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Reinforcement (GRPO-PTR) from WORK/sft.pt on. Ends with weights in WORK/NAME.onnx."""
    need_torch()
    import torch

    from tonewatch.models.reasons.dataset import taught
    from tonewatch.models.reasons.examples import reward_examples
    from tonewatch.models.reasons.grpo import Recipe, example_rng, train
    from tonewatch.models.reasons.sft import load
    from tonewatch.workers.reasons.engines.grammar import Grammar

    torch.set_num_threads(threads)
    words = taught(work)
    moments = _moments(calls, folds, held_out, held_out_corpus, cache)
    net, reference = (load(work, words) for _ in range(2))
    recipe = Recipe(
        name=name,
        steps=steps,
        prompts=prompts,
        samples=samples,
        reason=reason,
        trust=trust,
        schedule=schedule,
        answer=answer,
        kl=kl,
        seed=seed,
        seconds=60 * minutes or float("inf"),
    )
    stream = reward_examples(moments, example_rng(seed))
    train(net, reference, Grammar(words.symbols, words.writes), stream, recipe, work, _out.print)
    _export(net, words, name, work)


def _moments(
    calls: Path, folds: Path | None, held_out: list[str] | None, held_out_corpus: list[str] | None, cache: Path
) -> list[KnownMoment]:
    """What both trainings learn from."""
    from tonewatch.models.reasons.dataset import moments_of

    listening = OfflineListening(default_encoder_path(), read_folds(folds) if folds else {}, cache)
    return moments_of(calls, listening, held_out or [], held_out_corpus or [], _out.print)


def _export(net: Explainer, words: Vocabulary, name: str, work: Path) -> None:
    from tonewatch.models.reasons.export import export

    about = {
        "name": f"tonewatch-explainer-{name}",
        "licence": "learned from facts of emodb (CC BY 4.0), nemo and ravdess (CC BY-NC-SA 4.0): non-commercial use",
    }
    file = work / f"{name}.onnx"
    export(net, words.symbols, words.writes, about, file)
    _out.print(f"wrote {file} ({file.stat().st_size / 1e6:.1f} MB)")
