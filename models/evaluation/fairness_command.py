"""`tonewatch evaluate fairness`: recall, false alarms and abstention by gender, language, corpus and age."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tonewatch.models.degradation.listened_calls import read_folds
from tonewatch.models.degradation.options import EncoderFile, FoldsFile, Weights
from tonewatch.models.evaluation.emotion import Run, describe_sets
from tonewatch.models.evaluation.evaluated_model import EncoderWithHead, encoder_model
from tonewatch.models.evaluation.fairness import by_groups
from tonewatch.models.evaluation.fairness_report import as_json, confounded, notes, table
from tonewatch.models.evaluation.sets import read_sets
from tonewatch.models.evaluation.sound import Band
from tonewatch.models.output import make_folder
from tonewatch.stream.errors import DependencyError
from tonewatch.stream.tone.model.relative_head import load_head
from tonewatch.workers.encoder import Encoder, WeightsSet, default_encoder_path, relative_head_path


def fairness(
    manifest: Annotated[list[Path], typer.Option(help="A manifest.csv; may be given again. A column age is read.")],
    alone: Annotated[bool, typer.Option("--alone", help="Each clip on its own, without the voice's baseline.")] = False,
    band: Annotated[Band, typer.Option(help="phone: mu-law at 8 kHz.")] = Band.PHONE,
    every: Annotated[int, typer.Option(min=1, help="Of each manifest one clip in so many.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
    encoder: EncoderFile = None,
    weights: Weights = WeightsSet.FULL,
    folds: FoldsFile = None,
) -> None:
    """Does the encoder find, miss or refuse some groups more than others? Voices it was trained on flatter it."""
    path = encoder or default_encoder_path(weights=weights)
    main = _open(path)
    model = encoder_model(main, _folds(folds) if folds else {})
    sets = read_sets(manifest, model.classes)
    sets = [type(one)(one.name, one.folder, one.clips[::every], one.unlabelled) for one in sets]
    if not any(one.clips for one in sets):
        raise DependencyError(f"no clip with a label ({', '.join(model.classes)}) in {', '.join(map(str, manifest))}")
    run = describe_sets(sets, model, band)
    groupings = groupings_of(run, ages(manifest))
    results = by_groups(run.read(model.readings[1 if alone else 0]), groupings)
    unknown = {name: sum(not one for one in groups) for name, groups in groupings.items()}
    reading = model.readings[1 if alone else 0].name
    about = {"model": model.name, "version": model.version, "file": path.name, "reading": reading, "band": band.value}
    typer.echo(f"{model.name} {model.version}, {reading}, {band.value}; unreadable {len(run.unreadable)}\n")
    typer.echo(table(results))
    said = notes(results, unknown, confounded(groupings))
    for line in said:
        typer.echo(f"- {line}")
    if json_file is not None:
        make_folder(json_file.parent)
        json_file.write_text(json.dumps({**as_json(results, about), "notes": said}, indent=1) + "\n", encoding="utf-8")


def groupings_of(run: Run, age_of: dict[Path, str]) -> dict[str, Sequence[str]]:
    """For each grouping the group of each clip, '' where it is not known."""
    clips = [one.clip for one in run.clips]
    return {
        "gender": [clip.gender.lower() for clip in clips],
        "language": [clip.language for clip in clips],
        "corpus": [clip.corpus for clip in clips],
        "age": [age_of.get(clip.path.resolve(), "") for clip in clips],
    }


def ages(manifests: Sequence[Path]) -> dict[Path, str]:
    """Decade of the speaker's age by the clip's path, of manifests with a column `age` (in years)."""
    found: dict[Path, str] = {}
    for manifest in manifests:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                if (said := (row.get("age") or "").strip()).isdigit():
                    found[(manifest.parent / row["path"]).resolve()] = (
                        f"{int(said) // 10 * 10} to {int(said) // 10 * 10 + 9}"
                    )
    return found


def _open(path: Path) -> EncoderWithHead:
    return EncoderWithHead(Encoder(path), load_head(relative_head_path(path)))


def _folds(path: Path) -> dict[str, EncoderWithHead]:
    named = read_folds(path)
    opened = {file: _open(file) for file in sorted(set(named.values()))}
    return {speaker: opened[file] for speaker, file in named.items()}
