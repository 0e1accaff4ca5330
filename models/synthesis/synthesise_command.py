"""`tonewatch synthesise`: speak the demo calls again from their scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import soundfile
import typer
from rich.console import Console

from tonewatch.models.synthesis.assemble import CallTruth, perform
from tonewatch.models.synthesis.dialogue import load_dialogues
from tonewatch.models.synthesis.line import PHONE_HZ
from tonewatch.models.synthesis.voices import Studio

TRUTH_FILE = "truth.json"
_DEMO_CALLS = Path("stream/demo/calls")


def synthesise(
    out: Annotated[Path, typer.Argument(help="Folder for the calls and their truth.json.")] = _DEMO_CALLS,
    only: Annotated[list[str] | None, typer.Option(help="Speak only these calls, by kind; others stay.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Keep the voices' raw speech here between runs.")] = None,
) -> None:
    """Speak the demo calls from their scripts.

    Writes one two-channel FLAC per dialogue, holding mu-law samples exactly, and truth.json for all of them.
    """
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    dialogues = load_dialogues()
    truths = {truth.kind: truth for truth in read_truth(out)}
    studio = Studio(cache)
    for dialogue in dialogues:
        if only and dialogue.kind not in only:
            continue
        stereo, truth = perform(dialogue, studio)
        soundfile.write(out / truth.file, stereo, PHONE_HZ, format="FLAC", subtype="PCM_16", compression_level=1.0)
        truths[truth.kind] = truth
        write_truth(out, [truths[known.kind] for known in dialogues if known.kind in truths])
        console.print(f"{truth.file}: {truth.duration_s:.1f} s, onset {truth.onset_s}, recovery {truth.recovery_s}")


def write_truth(folder: Path, truths: list[CallTruth]) -> None:
    (folder / TRUTH_FILE).write_bytes(msgspec.json.format(msgspec.json.encode(truths), indent=1) + b"\n")


def read_truth(folder: Path) -> list[CallTruth]:
    """The truths of an earlier run in this folder; empty without one."""
    file = folder / TRUTH_FILE
    return msgspec.json.decode(file.read_bytes(), type=list[CallTruth]) if file.exists() else []
