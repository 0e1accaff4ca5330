"""`tonewatch train explainer sft` and `grpo`: the small explainer, from calls to weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tonewatch.models.degradation.listened_calls import open_listening
from tonewatch.models.degradation.options import LISTENED, EncoderFile, FoldsFile, ListenedFolder
from tonewatch.models.packages import need_packages

if TYPE_CHECKING:
    from tonewatch.models.reasons.dataset import Vocabulary
    from tonewatch.models.reasons.examples import KnownMoment
    from tonewatch.models.reasons.network import Explainer

WRITTEN = Path(__file__).parent / "written" / "data"
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


@explainer.command("lm-moments")
def lm_moments(
    calls: Calls,
    out: Annotated[Path, typer.Option(help="Folder of the moments, for whoever writes about them.")],
    truth: Annotated[Path, typer.Option(help="File of their truth, which no writer may see.")],
    written: Annotated[
        Path | None, typer.Option(help="Folder of lm-collect: none of its moments is made again, ids go on behind.")
    ] = None,
    held_out: HeldOut = None,
    train: Annotated[int, typer.Option(min=1, help="Moments of the other voices.")] = 1000,
    aside: Annotated[int, typer.Option("--evaluate", min=1, help="Moments of the voices that are held out.")] = 200,
    encoder: EncoderFile = None,
    folds: FoldsFile = None,
    cache: ListenedFolder = LISTENED,
    seed: int = 1,
) -> None:
    """Moments out of calls, in the form that a language model reads, for their reasons to be written."""
    from tonewatch.models.reasons.written.collect import kept_moments
    from tonewatch.models.reasons.written.export_moments import export_moments, sources

    before = kept_moments(written) if written else ()
    found = sources(calls, open_listening(encoder, folds, cache), _out.print)
    export_moments(found, held_out or (), {"train": train, "held_out": aside}, out, truth, seed, _out.print, before)


@explainer.command("lm-collect")
def lm_collect(
    moments: Annotated[Path, typer.Option(help="Folder of lm-moments.")],
    written: Annotated[Path, typer.Option(help="Folder of what was written, a file for each of moments.")],
    out: Annotated[Path, typer.Option(help="Where both are kept, packed.")] = WRITTEN,
    before: Annotated[
        Path | None, typer.Option(help="Folder of an earlier lm-collect, which is checked again and kept.")
    ] = None,
    read: Annotated[
        Path | None, typer.Option(help="Folder of second readers' marks, NAME.jsonl for each file of --written.")
    ] = None,
    by_a_person: Annotated[bool, typer.Option(help="People read, and no language model.")] = False,
    unread: Annotated[bool, typer.Option(help="Keep what nobody read, too.")] = False,
) -> None:
    """Keep what was written without a fault, with its moments, as the data of lm-sft."""
    from tonewatch.models.reasons.written.collect import collect
    from tonewatch.models.reasons.written.written_moment import ReadBy

    read_by: ReadBy = "a person" if by_a_person else "a language model"
    collect(moments, written, out, _out.print, before, read=read, read_by=read_by, unread=unread)


@explainer.command("lm-sft")
def lm_sft(
    data: Annotated[Path, typer.Option(help="Folder of moments and writings: *.jsonl or *.jsonl.gz.")] = WRITTEN,
    work: Annotated[Path, typer.Option(help="Checkpoints and adapter; a run resumes here.")] = Path("build/lm"),
    base: Annotated[Path | None, typer.Option(help="A GGUF file of a Llama. [default: SmolLM2 of its package]")] = None,
    steps: Annotated[int, typer.Option(min=1)] = 750,
    batch: Annotated[int, typer.Option(min=1)] = 4,
    rate: Annotated[float, typer.Option(min=0.0)] = 4e-4,
    rank: Annotated[int, typer.Option(min=1)] = 16,
    top: Annotated[int, typer.Option(min=0, help="Adapt so many of the last blocks only; 0: all.")] = 0,
    minutes: Minutes = 0.0,
    seed: int = 0,
    threads: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """A language model's adapter, from written reasons. Ends with WORK/adapter.gguf, for TONEWATCH_LLM_ADAPTER."""
    need_packages("torch", "transformers", "accelerate", "gguf")
    import torch

    from tonewatch.models.reasons.written.lm_run import run
    from tonewatch.models.reasons.written.lm_sft import LmRecipe
    from tonewatch.models.reasons.written.lora import LoraShape

    torch.set_num_threads(threads)
    seconds = 60 * minutes or float("inf")
    recipe = LmRecipe(
        steps=steps, batch=batch, rate=rate, seed=seed, lora=LoraShape(rank, 2.0 * rank, top), seconds=seconds
    )
    file = run(data, base, recipe, work, _out.print)
    _out.print(f"wrote {file} ({file.stat().st_size / 1e6:.1f} MB)")


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
