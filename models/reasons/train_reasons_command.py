"""`tonewatch train explainer sft` and `grpo`: the small explainer, from calls to weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tonewatch.models.degradation.listened_calls import open_listening
from tonewatch.models.degradation.options import LISTENED, FoldsFile, ListenedFolder
from tonewatch.models.packages import need_packages

if TYPE_CHECKING:
    from tonewatch.models.reasons.dataset import Vocabulary
    from tonewatch.models.reasons.examples import KnownMoment
    from tonewatch.models.reasons.network import Explainer

explainer = typer.Typer(help="The small explainer: reasons from facts.", no_args_is_help=True)
_out = Console()

Calls = Annotated[Path, typer.Option(help="Stitched calls with the turns of each: tonewatch evaluate stitch.")]
Work = Annotated[Path, typer.Option(help="Examples and checkpoints; a run resumes here.")]
HeldOut = Annotated[list[str] | None, typer.Option(help="A speaker that is not trained on; may be given again.")]
HeldOutCorpus = Annotated[list[str] | None, typer.Option(help="A corpus that is not trained on; may be given again.")]
FormerHeldOut = Annotated[list[str] | None, typer.Option("--aside", hidden=True)]
FormerHeldOutCorpus = Annotated[list[str] | None, typer.Option("--aside-corpus", hidden=True)]
Minutes = Annotated[float, typer.Option(min=0.0, help="Stop after so long; the next run goes on. 0: no limit.")]


@explainer.command("sft")
def sft(
    calls: Calls,
    work: Work = Path("build/explainer"),
    folds: FoldsFile = None,
    held_out: HeldOut = None,
    held_out_corpus: HeldOutCorpus = None,
    cache: ListenedFolder = LISTENED,
    examples: Annotated[int, typer.Option(min=64, help="Reasons to write.")] = 6000,
    steps: Annotated[int, typer.Option(min=1)] = 520,
    width: Annotated[int, typer.Option(min=8)] = 64,
    layers: Annotated[int, typer.Option(min=1)] = 3,
    minutes: Minutes = 0.0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    former_held_out: FormerHeldOut = None,
    former_held_out_corpus: FormerHeldOutCorpus = None,
) -> None:
    """Supervised: write reasons from facts and learn to write them. Ends with weights in WORK/sft.onnx."""
    need_packages("torch", "sklearn", "onnx")
    import torch

    from tonewatch.models.reasons.dataset import prepare
    from tonewatch.models.reasons.sft import Recipe, train

    torch.set_num_threads(threads)
    speakers = [*(held_out or []), *(former_held_out or [])]
    corpora = [*(held_out_corpus or []), *(former_held_out_corpus or [])]
    moments = _moments(calls, folds, speakers, corpora, cache)
    dataset = prepare(moments, examples, work, seed, _out.print)
    recipe = Recipe(steps=steps, seed=seed, seconds=60 * minutes or float("inf"), width=width, layers=layers)
    net = train(dataset, recipe, work, _out.print)
    _export(net, dataset.vocabulary, "sft", work)


@explainer.command("grpo")
def grpo(
    calls: Calls,
    work: Work = Path("build/explainer"),
    folds: FoldsFile = None,
    held_out: HeldOut = None,
    held_out_corpus: HeldOutCorpus = None,
    cache: ListenedFolder = LISTENED,
    name: Annotated[str, typer.Option(help="Of the run: its checkpoint and its weights.")] = "grpo",
    steps: Annotated[int, typer.Option(min=1)] = 120,
    prompts: Annotated[int, typer.Option(min=1, help="Moments a step.")] = 4,
    samples: Annotated[int, typer.Option(min=2, help="Reasons a moment.")] = 8,
    reason: Annotated[bool, typer.Option(help="Without it: plain GRPO on format and outcome.")] = True,
    trust: Annotated[bool, typer.Option(help="The trust weight of a group.")] = True,
    schedule: Annotated[bool, typer.Option(help="The reason's reward waits until accuracy has settled.")] = True,
    answer: Annotated[float, typer.Option(min=0.0, help="Weight of the answer's expected reward.")] = 1.0,
    kl: Annotated[float, typer.Option(min=0.0, help="Weight of staying near the supervised network.")] = 0.04,
    minutes: Minutes = 0.0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
    former_held_out: FormerHeldOut = None,
    former_held_out_corpus: FormerHeldOutCorpus = None,
) -> None:
    """Reinforcement (GRPO-PTR) from WORK/sft.pt on. Ends with weights in WORK/NAME.onnx."""
    need_packages("torch", "sklearn", "onnx")
    import torch

    from tonewatch.models.reasons.dataset import trained_vocabulary
    from tonewatch.models.reasons.examples import reward_examples
    from tonewatch.models.reasons.grpo import Recipe, example_rng, train
    from tonewatch.models.reasons.sft import load
    from tonewatch.workers.reasons.engines.grammar import Grammar

    torch.set_num_threads(threads)
    vocabulary = trained_vocabulary(work)
    speakers = [*(held_out or []), *(former_held_out or [])]
    corpora = [*(held_out_corpus or []), *(former_held_out_corpus or [])]
    moments = _moments(calls, folds, speakers, corpora, cache)
    net, reference = (load(work, vocabulary) for _ in range(2))
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
    train(net, reference, Grammar(vocabulary.symbols, vocabulary.writes), stream, recipe, work, _out.print)
    _export(net, vocabulary, name, work)


def _moments(
    calls: Path, folds: Path | None, held_out: list[str], corpora: list[str], cache: Path
) -> list[KnownMoment]:
    """The moments that both trainings use."""
    from tonewatch.models.reasons.dataset import moments_of

    return moments_of(calls, open_listening(None, folds, cache), held_out, corpora, _out.print)


def _export(net: Explainer, vocabulary: Vocabulary, name: str, work: Path) -> None:
    from tonewatch.models.reasons.export import export

    about = {
        "name": f"tonewatch-explainer-{name}",
        "licence": "learned from facts of emodb (CC BY 4.0), nemo and ravdess (CC BY-NC-SA 4.0): non-commercial use",
    }
    file = work / f"{name}.onnx"
    export(net, vocabulary.symbols, vocabulary.writes, about, file)
    _out.print(f"wrote {file} ({file.stat().st_size / 1e6:.1f} MB)")
