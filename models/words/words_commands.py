"""`tonewatch train words` and `tonewatch evaluate words`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console

from tonewatch.models.output import make_folder, write_file
from tonewatch.models.packages import need_packages
from tonewatch.models.words.measurement import (
    CallFigures,
    Raised,
    SentenceFigures,
    by_classifier,
    by_lexicon,
    call_figures,
    from_true_text,
    halves,
    judged_lines,
    raised,
    sentence_figures,
)
from tonewatch.models.words.scripts import read_scripts
from tonewatch.models.words.spoken_calls import SpokenCall, castings, read_calls, write_calls
from tonewatch.stream.errors import ModelError
from tonewatch.stream.tone.config import ToneConfig
from tonewatch.stream.tone.evidence.manner import manners_in
from tonewatch.stream.weights import weights_folder

_out = Console(soft_wrap=True)

LANGUAGE = "en"


def train(
    out: Annotated[Path | None, typer.Option(help="Where the weights go. [default: the shipped weights]")] = None,
    folds: Annotated[int, typer.Option(min=2, help="Groups of templates to cross-validate over.")] = 5,
    strength: Annotated[float, typer.Option(min=0.01, help="Inverse of the penalty on the weights.")] = 10.0,
    seed: int = 0,
) -> None:
    """The manner of sentences: cold, sarcastic, resigned, insistent, threatening or neutral, from text alone."""
    need_packages("sklearn")
    from tonewatch.models.words.train_words import train_words

    folder = out or weights_folder()
    make_folder(folder)
    fit = train_words(folder, folds=folds, strength=strength, seed=seed)
    _out.print(
        f"{fit.templates} templates, {fit.sentences} sentences. By models that saw no sentence of a template: "
        f"{fit.recall:.0%} of those that turn are found, {fit.false_share:.0%} of the plain ones are taken for one; "
        f"the manner is right in {fit.right_manner:.0%}."
    )


def evaluate(
    calls: Annotated[Path | None, typer.Option(help="Folder of spoken calls; without one, by the text alone.")] = None,
    speak: Annotated[bool, typer.Option("--speak", help="Speak the calls into that folder first.")] = False,
    recogniser: Annotated[
        Path | None, typer.Option(help="A Whisper in CTranslate2's form. [default: the shipped tiny.en]")
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Of speech-to-text.")] = 1,
    cache: Annotated[Path, typer.Option(help="Keeps what was recognised.")] = Path("build/words"),
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """Sentences of held-out situations, and calls whose words alone turn: what is found, and what alerts are false."""
    model = manners_in(weights_folder()).get(LANGUAGE)
    if model is None:
        raise ModelError(f"no words-{LANGUAGE}.npz in {weights_folder()}: train it by `tonewatch train words`")
    lines = judged_lines(read_scripts())
    found: dict[str, object] = {
        "classifier": sentence_figures(lines, [by_classifier(model, text) for text, _ in lines]),
        "lexicon": sentence_figures(lines, [by_lexicon(text) for text, _ in lines]),
    }
    for name, figures in found.items():
        _say_sentences(name, figures)
    if calls is not None:
        if speak:
            _speak(calls)
        found |= _of_calls(read_calls(calls), calls, ToneConfig(manners={LANGUAGE: model}), recogniser, threads, cache)
    if json_file is not None:
        write_file(json_file, msgspec.json.format(msgspec.json.encode(found)), "the figures", "--json")


def _speak(folder: Path) -> None:
    from tonewatch.models.synthesis.voices import Studio

    make_folder(folder)
    for call in write_calls(castings(read_scripts()), folder, Studio()):
        _out.print(f"{call.file}: {call.duration_s:.1f} s", style="dim")


def _of_calls(
    those: Sequence[SpokenCall], folder: Path, config: ToneConfig, recogniser: Path | None, threads: int, cache: Path
) -> dict[str, object]:
    from tonewatch.models.words.recognised import recognise, recogniser_figures
    from tonewatch.workers.listen.speech_to_text import Transcriber

    texts = [raised(call, from_true_text(call), config) for call in those]
    found: dict[str, object] = _say_calls("true text", texts)
    transcriber = Transcriber(recogniser, threads=threads)
    heard = recognise(those, folder, transcriber, cache, lambda: None)
    figures = recogniser_figures(those, heard)
    _out.print(
        f"{transcriber.ref.name}, {figures.lines} lines: word error {figures.word_error:.2f}; {figures.sure_share:.0%} "
        f"of its words are sure, {figures.sure_right:.0%} of those right"
    )
    by_recogniser = [raised(call, messages, config) for call, messages in zip(those, heard, strict=True)]
    return found | {"recogniser": figures} | _say_calls(transcriber.ref.name, by_recogniser)


def _say_sentences(name: str, figures: object) -> None:
    assert isinstance(figures, SentenceFigures)
    precision = "-" if figures.precision is None else f"{figures.precision:.2f}"
    _out.print(
        f"{name}: {figures.turned} lines that turn, recall {figures.recall:.2f}, precision {precision}; "
        f"{figures.false_share:.0%} of {figures.plain} plain lines taken for one"
    )


def _say_calls(name: str, those: Sequence[Raised]) -> dict[str, object]:
    told = {
        name: call_figures(those),
        **{f"{name}, {half}": call_figures(part) for half, part in halves(those).items()},
    }
    for which, figures in told.items():
        _say_call_figures(which, figures)
    return dict(told)


def _say_call_figures(name: str, figures: CallFigures) -> None:
    delay = "-" if figures.delay_s is None else f"{figures.delay_s:.1f} s"
    _out.print(
        f"{name}: {figures.found} of {figures.calls} calls found ({figures.found_share:.0%}), {delay} after the turn; "
        f"{figures.false} false alerts in {figures.plain_h:.2f} h of plain talk ({figures.false_per_hour:.1f} an hour)"
    )
