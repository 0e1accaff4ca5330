"""`tonewatch schemas`: the contract for machines, and whether this release keeps it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tonewatch.stream.errors import DataError
from tonewatch.stream.messages import asyncapi
from tonewatch.stream.messages.compatibility import breaks
from tonewatch.stream.messages.registry import REGISTERED, Registry
from tonewatch.stream.messages.schema import FOLDER, Schema, file_texts, topic_schema
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.topics import TOPICS

schemas = typer.Typer(help="JSON Schemas and AsyncAPI of the messages.", no_args_is_help=True)


@schemas.command("export")
def export(folder: Annotated[Path, typer.Argument(help="Where to write; it is made where it is missing.")]) -> None:
    """Write a JSON Schema a topic, and asyncapi.json, which is all of them in one AsyncAPI 3 document."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {**file_texts(), "asyncapi.json": asyncapi.text()}
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    typer.echo(f"{len(texts)} files in {folder}.")


@schemas.command("check")
def check(
    against: Annotated[
        Path, typer.Argument(help="Folder of the schemas of another release, as `export` writes them.")
    ] = FOLDER,
) -> None:
    """Does this release read what was written by those schemas, and may their readers go on? Status 1 where not."""
    found = broken(against)
    for sentence in found:
        typer.echo(sentence)
    if found:
        typer.echo(
            "Fields are only added, with a default: anything else is a new version of the topic beside the old one."
        )
        raise typer.Exit(1)
    typer.echo(f"This release keeps the contract of {against}.")


@schemas.command("register")
def register(
    url: Annotated[str, typer.Argument(help="The registry, as https://registry.example.com:8081.")],
    credentials_file: Annotated[Path | None, typer.Option(help="A file that holds user:password.")] = None,
    level: Annotated[
        str, typer.Option(help="Compatibility to set for each subject first, as NONE; not touched if not given.")
    ] = "",
) -> None:
    """Register the schema of each JSON topic in a schema registry (Confluent's API), as subject <topic>-value.

    For catalogues: the records themselves stay plain JSON, without the number of a schema.
    """
    credentials = read_secret_file(str(credentials_file), "--credentials-file") if credentials_file else ""
    registry = Registry(url, credentials)
    for topic in REGISTERED:
        if level:
            registry.set_level(topic, level)
        found = registry.register(topic)
        typer.echo(f"{found.subject}: version {found.version}, id {found.id}")


def broken(against: Path) -> list[str]:
    """What breaks the contract of the schemas in a folder, each with its topic.

    Raises:
        DataError: there are none, or one is no schema.
    """
    texts = {path.stem: path.read_bytes() for path in sorted(against.glob("tonewatch.*.json"))}
    if not texts:
        raise DataError(f"No schemas in {against}: `tonewatch schemas export FOLDER` writes them.")
    topics = {topic.name: topic for topic in TOPICS}
    found = [f"{name}: the topic is gone" for name in texts if name not in topics]
    for name in texts.keys() & topics.keys():
        try:
            old = msgspec.json.decode(texts[name], type=Schema)
            found += [f"{name}: {sentence}" for sentence in breaks(old, topic_schema(topics[name]))]
        except (msgspec.DecodeError, KeyError) as error:
            raise DataError(f"{against / name}.json is no schema of a topic ({error}).") from error
    return sorted(found)
