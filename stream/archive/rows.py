"""Messages as rows of the archive's tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Table

from tonewatch.stream.archive import schema
from tonewatch.stream.messages import (
    Alert,
    CallAttributes,
    FactsTable,
    Message,
    Rationale,
    Verdict,
    Words,
)


def row_of(table: Table, message: Message, body: str) -> dict[str, Any]:
    """The fields that columns are named after, and the model's name where the table has it."""
    row: dict[str, Any] = {
        column.name: getattr(message, column.name) for column in table.columns if hasattr(message, column.name)
    }
    if "model_name" in table.columns and isinstance(message, Alert | Rationale):
        row["model_name"] = message.model.name if message.model else None
        row["model_version"] = message.model.version if message.model else None
    return {**row, "body": body}


def call_row(call: CallAttributes) -> dict[str, Any]:
    """The attributes that are known; what is empty leaves a row as it is."""
    fields = msgspec.structs.asdict(call)
    return {column.name: fields[column.name] for column in schema.calls.columns if fields.get(column.name)}


def quote_rows(call_id: str, facts: FactsTable) -> Iterator[dict[str, Any]]:
    """Of what the caller said, as the facts quote it."""
    for quote in facts.quotes:
        yield {
            "segment_id": quote.segment_id,
            "call_id": call_id,
            "start_ms": quote.start_ms,
            "text": quote.text,
            "confidence": quote.confidence,
            "source": "quote",
        }


def words_row(words: Words) -> dict[str, Any]:
    """Of a segment's transcript."""
    names = ("segment_id", "call_id", "start_ms", "end_ms", "text", "confidence")
    return {**{name: getattr(words, name) for name in names}, "source": "words"}


def verdict_row(verdict: Verdict, body: str) -> dict[str, Any]:
    """With a column for each rating."""
    ratings = msgspec.structs.asdict(verdict.ratings) if verdict.ratings else {}
    return {**row_of(schema.verdicts, verdict, body), **ratings}
