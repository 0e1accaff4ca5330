"""`tonewatch audit verify`: is the record of who looked, heard, did and changed what still whole?"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from tonewatch.stream.archive.audit_table import table_records
from tonewatch.stream.archive.store import connect
from tonewatch.stream.audit.chain import read_key
from tonewatch.stream.audit.record import Fault, Head, PartitionEnd, Record
from tonewatch.stream.audit.table_and_topic import held_against
from tonewatch.stream.audit.topic_records import topic_audit
from tonewatch.stream.audit.verify import Found, Since, verify
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.settings import ArchiveSettings, load

Source = Literal["topic", "table", "both"]

audit = typer.Typer(help="The audit: who looked, heard, did, exported and changed what.", no_args_is_help=True)


@audit.callback()
def _group() -> None:
    """A group, though it has one command so far."""


@audit.command("verify")
def audit_verify(
    source: Annotated[
        str,
        typer.Option(
            "--from", help="topic (Kafka), table (the archive's database), or both: the table, held against the topic."
        ),
    ] = "topic",
    heads: Annotated[
        Path | None,
        typer.Option(
            help="File of the ends of chains and partitions, kept elsewhere: those in it must still be there; "
            "then it is renewed, but for what has a fault."
        ),
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
    kept_from: Annotated[
        datetime | None,
        typer.Option(
            help="Since when the table is kept, in UTC: a partition whose first record is of before may begin late."
        ),
    ] = None,
) -> None:
    """Name each record that was altered, dropped, put in or moved; exit status 1 where there is one."""
    asked: dict[str, Source] = {"topic": "topic", "table": "table", "both": "both"}
    if source not in asked:
        raise SettingsError(f"--from {source}: topic, table or both.")
    settings = load(ArchiveSettings, kafka=kafka, database=database, audit_key_file=key_file)
    key = read_key(settings.audit_key_file)
    known = read_heads(heads) if heads is not None else Kept()
    since = Since(chained_ms=_ms(chained_from), sealed_ms=_ms(sealed_from), kept_ms=_ms(kept_from))
    lies = _records(settings, asked[source])
    found = verify(lies.records, key, known.chains, since=since, ends=known.partitions)
    found.faults += [fault for fault in lies.faults if fault not in found.faults]
    found.faults.sort(key=lambda fault: (fault.partition, fault.offset))
    found.remarks += lies.remarks
    for line in told(found, sealed_by_us=bool(key)):
        typer.echo(line)
    if heads is not None:
        chains = {**known.chains, **found.whole_heads()}
        write_heads(heads, Kept(chains, {**known.partitions, **found.whole_ends()}))
    if found.faults:
        raise typer.Exit(1)


def _ms(day: datetime | None) -> int:
    return 0 if day is None else round(day.replace(tzinfo=UTC).timestamp() * 1000)


@dataclass(frozen=True)
class Lies:
    """Records to be verified, and what is wrong with them beside those of the other place."""

    records: list[Record]
    faults: list[Fault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _records(settings: ArchiveSettings, source: Source, now: Callable[[], float] = time.time) -> Lies:
    if source == "topic":
        return Lies(asyncio.run(telling_refusals(settings, topic_audit(settings))).records)
    # The table first: what comes between the two looks is younger than what the table is to have.
    engine = connect(settings.database, settings.database_password_file)
    try:
        rows = table_records(engine)
    finally:
        engine.dispose()
    if source == "table":
        return Lies(rows)
    topic = asyncio.run(telling_refusals(settings, topic_audit(settings)))
    return Lies(rows, *held_against(rows, topic.records, topic.spans, round(now() * 1000)))


def told(found: Found, *, sealed_by_us: bool) -> list[str]:
    """What was found, the first fault first."""
    lines = [str(fault) for fault in found.faults]
    lines += [f"remark: {remark}" for remark in found.remarks]
    seals = f", {found.sealed} seals right" if sealed_by_us else ", seals not looked at (no key)"
    whole = "whole" if not found.faults else f"{len(found.faults)} faults"
    return [*lines, f"{found.records} records of {len(found.heads)} writers{seals}: {whole}"]


@dataclass(frozen=True)
class Kept:
    """What a file of heads holds: the end of each chain by its writer, and of each partition."""

    chains: Mapping[str, Head] = field(default_factory=dict)
    partitions: Mapping[int, PartitionEnd] = field(default_factory=dict)


class _HeadsFile(msgspec.Struct):
    chains: list[Head]
    partitions: list[PartitionEnd]


def read_heads(file: Path) -> Kept:
    """Empty where there is no such file yet.

    Raises:
        SettingsError: it is something else.
    """
    if not file.exists():
        return Kept()
    try:
        held = msgspec.json.decode(file.read_bytes(), type=_HeadsFile | list[Head])
    except (OSError, msgspec.DecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"--heads {file}: not a file of heads ({error}).") from error
    if isinstance(held, list):  # of a release that kept chains alone
        return Kept({head.writer: head for head in held})
    return Kept({head.writer: head for head in held.chains}, {end.partition: end for end in held.partitions})


def write_heads(file: Path, kept: Kept) -> None:
    """A file that is replaced at once, or not at all."""
    beside = file.with_name(file.name + ".new")
    chains = [kept.chains[writer] for writer in sorted(kept.chains)]
    partitions = [kept.partitions[number] for number in sorted(kept.partitions)]
    ordered = msgspec.to_builtins(_HeadsFile(chains, partitions))
    beside.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    beside.replace(file)
