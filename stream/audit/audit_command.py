"""`tonewatch audit verify`: is the record of who looked, heard, did and changed what still whole?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from tonewatch.stream.archive.audit_table import table_records
from tonewatch.stream.archive.store import connect
from tonewatch.stream.audit.chain import read_key
from tonewatch.stream.audit.topic_records import topic_records
from tonewatch.stream.audit.verify import Found, Head, Record, Since, verify
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.settings import ArchiveSettings, load

Source = Literal["topic", "table"]

audit = typer.Typer(help="The audit: who looked, heard, did, exported and changed what.", no_args_is_help=True)


@audit.callback()
def _group() -> None:
    """A group, though it has one command so far."""


@audit.command("verify")
def audit_verify(
    source: Annotated[str, typer.Option("--from", help="topic (Kafka), or table (the archive's database).")] = "topic",
    heads: Annotated[
        Path | None,
        typer.Option(help="File of the chains' ends, kept elsewhere: those in it must still be there; then renewed."),
    ] = None,
    kafka: Annotated[str | None, typer.Option(help="Bootstrap servers. [env: TONEWATCH_KAFKA]")] = None,
    database: Annotated[str | None, typer.Option(help="Of the archive. [env: TONEWATCH_DATABASE]")] = None,
    key_file: Annotated[str | None, typer.Option(help="Key of the seals. [env: TONEWATCH_AUDIT_KEY_FILE]")] = None,
    sealed_from: Annotated[
        datetime | None,
        typer.Option(help="Since when there is a key, in UTC: what was written before needs no seal. Without: all do."),
    ] = None,
    chained_from: Annotated[
        datetime | None,
        typer.Option(help="Since when each record is of a chain, in UTC: what was written before is excused."),
    ] = None,
) -> None:
    """Name each record that was altered, dropped, put in or moved; exit status 1 where there is one."""
    if source not in ("topic", "table"):
        raise SettingsError(f"--from {source}: topic or table.")
    settings = load(ArchiveSettings, kafka=kafka, database=database, audit_key_file=key_file)
    key = read_key(settings.audit_key_file)
    known = read_heads(heads) if heads is not None else {}
    since = Since(chained_ms=_ms(chained_from), sealed_ms=_ms(sealed_from))
    found = verify(_records(settings, "topic" if source == "topic" else "table"), key, known, since=since)
    for line in told(found, sealed_by_us=bool(key)):
        typer.echo(line)
    if heads is not None:
        write_heads(heads, {**known, **found.whole_heads()})
    if found.faults:
        raise typer.Exit(1)


def _ms(day: datetime | None) -> int:
    return 0 if day is None else round(day.replace(tzinfo=UTC).timestamp() * 1000)


def _records(settings: ArchiveSettings, source: Source) -> list[Record]:
    if source == "topic":
        return asyncio.run(telling_refusals(settings, topic_records(settings)))
    engine = connect(settings.database, settings.database_password_file)
    try:
        return table_records(engine)
    finally:
        engine.dispose()


def told(found: Found, *, sealed_by_us: bool) -> list[str]:
    """What was found, the first fault first."""
    lines = [str(fault) for fault in found.faults]
    lines += [f"remark: {remark}" for remark in found.remarks]
    seals = f", {found.sealed} seals right" if sealed_by_us else ", seals not looked at (no key)"
    whole = "whole" if not found.faults else f"{len(found.faults)} faults"
    return [*lines, f"{found.records} records of {len(found.heads)} writers{seals}: {whole}"]


def read_heads(file: Path) -> dict[str, Head]:
    """Empty where there is no such file yet.

    Raises:
        SettingsError: it is something else.
    """
    if not file.exists():
        return {}
    try:
        return {head.writer: head for head in msgspec.json.decode(file.read_bytes(), type=list[Head])}
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"--heads {file}: not a file of heads ({error}).") from error


def write_heads(file: Path, heads: Mapping[str, Head]) -> None:
    """A file that is replaced at once, or not at all."""
    beside = file.with_name(file.name + ".new")
    ordered = [msgspec.to_builtins(heads[writer]) for writer in sorted(heads)]
    beside.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    beside.replace(file)
