"""Words looked for among what callers said: FTS5 in SQLite, a tsvector in PostgreSQL, the same answer from both.

Every word of the question must be in the text, or the beginning of a word of it; case does not matter, and neither has
a stemmer, because callers speak more than one language.
https://www.sqlite.org/fts5.html and https://www.postgresql.org/docs/current/textsearch-controls.html
"""

from __future__ import annotations

import re

from sqlalchemy import ColumnElement, bindparam, text

from tonewatch.stream.archive import schema

MOST_WORDS = 16
"""Of a question that are looked for."""

_WORD = re.compile(r"\w+")


def words_of(question: str) -> list[str]:
    """The words that are looked for; none of the characters that either database takes for an operator."""
    return _WORD.findall(question)[:MOST_WORDS]


def said(question: str, dialect: str) -> ColumnElement[bool] | None:
    """A condition on rows of `spoken`; None where the question holds no word."""
    words = words_of(question)
    if not words:
        return None
    if dialect == "postgresql":
        prefixes = " & ".join(f"'{word}':*" for word in words)
        return text("spoken.words @@ to_tsquery('simple', :said)").bindparams(bindparam("said", prefixes))  # type: ignore[return-value]
    prefixes = " ".join(f'"{word}"*' for word in words)
    found = text("SELECT rowid FROM spoken_words WHERE spoken_words MATCH :said").bindparams(said=prefixes)
    return schema.spoken.c.id.in_(found)
