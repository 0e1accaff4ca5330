"""Texts to be rated, by source: those of this run, and those of files (older texts, written references)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import FactsTable, Moment, MomentKind
from tonewatch.workers.reasons.explain import from_the_facts

MODEL, REALISER = "model", "realiser"
"""Sources of every sheet: the explainer's own texts, and the sentences that are spoken from the facts without it."""

MomentKey = tuple[str, MomentKind, int]
"""A moment in any run: the call's file, the kind, and media time in ms."""


@dataclass(frozen=True)
class Source:
    """Where texts come from. `writer`: a person, or which kind of model or program wrote them."""

    name: str
    writer: str


@dataclass(frozen=True)
class WrittenText:
    """One source's text for a moment; "" where the source had nothing to say."""

    source: Source
    moment: MomentKey
    facts: FactsTable
    text: str


class _FileText(msgspec.Struct, kw_only=True):
    call_id: str
    kind: MomentKind
    text: str
    at_ms: int | None = None
    facts: FactsTable | None = None


class _TextsFile(msgspec.Struct, kw_only=True):
    """`{"writer": "a person", "texts": [{"call_id", "kind", "at_ms", "text"}]}`, or what `--json` writes."""

    texts: list[_FileText]
    writer: str = ""


def of_run(records: Sequence[ExplainedMoment]) -> list[WrittenText]:
    """The explainer's texts, and beside each what the facts say without a model."""
    found = []
    for one in records:
        moment = (one.asked.call, one.asked.kind, one.facts.at_ms)
        model = Source(MODEL, writer_of(records))
        found.append(WrittenText(model, moment, one.facts, one.rationale.text))
        found.append(WrittenText(Source(REALISER, "program"), moment, one.facts, _from_facts(one)))
    return found


def writer_of(records: Sequence[ExplainedMoment]) -> str:
    """The model of a run by name and version; `program` where none answered."""
    models = {f"model {ref.name} {ref.version}" for one in records if (ref := one.rationale.model) is not None}
    return ", ".join(sorted(models)) or "program"


def _from_facts(one: ExplainedMoment) -> str:
    moment = Moment(
        call_id=one.asked.call,
        moment_id=one.rationale.moment_id,
        kind=one.asked.kind,
        at_ms=one.facts.at_ms,
        alert_id=one.asked.alert_id,
        facts=one.facts,
        sentence="",
    )
    return from_the_facts(moment, "missing").text


def of_file(spec: str, known: dict[MomentKey, FactsTable]) -> list[WrittenText]:
    """Of `NAME=FILE`, the texts for the known moments; those for others are left out.

    Raises:
        SettingsError: no such file or not one of texts, no writer is named, or no text is for a known moment.
    """
    name, _, path = spec.partition("=")
    option = f"--texts {spec}"
    if not path or name in (MODEL, REALISER):
        raise SettingsError(f"{option}: give NAME=FILE.json; {MODEL} and {REALISER} are names of this run's own.")
    try:
        read = msgspec.json.decode(Path(path).read_bytes(), type=_TextsFile)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsError(f"{option}: not a file of texts ({error}).") from error
    if not read.writer:
        raise SettingsError(f'{option}: say what wrote the texts, by "writer" beside "texts".')
    found = list(_matching(Source(name, read.writer), read.texts, known))
    if not found:
        raise SettingsError(f"{option}: none of its {len(read.texts)} texts is for a moment of these calls.")
    return found


def _matching(source: Source, texts: Sequence[_FileText], known: dict[MomentKey, FactsTable]) -> Iterator[WrittenText]:
    for one in texts:
        at_ms = one.at_ms if one.at_ms is not None else one.facts.at_ms if one.facts is not None else -1
        moment = (one.call_id, one.kind, at_ms)
        # The facts are this run's: a text is rated by what is known of the moment, not by what its writer was given.
        if moment in known:
            yield WrittenText(source, moment, known[moment], one.text)
