from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from sqlalchemy import Engine, select

from tonewatch.stream.archive import schema
from tonewatch.stream.archive.search import MOST_WORDS, said, words_of
from tonewatch.stream.archive.store import Archive, connect
from tonewatch.stream.messages import CallOpened, Words

TEXTS = {
    "c/0/0": "This is the third time I am calling about my bill.",
    "c/0/4000": "Das ist das dritte Mal, dass ich wegen der Rechnung für März anrufe.",
    "c/0/8000": "It's fine, never mind; 40% off '; DROP TABLE spoken.",
}


@pytest.fixture
def engine(database: str, words: Words) -> Iterator[Engine]:
    archive = Archive(connect(database))
    archive.write(CallOpened(call_id=words.call_id, notice_given=True), "", 1)
    for segment_id, text in TEXTS.items():
        archive.write(msgspec.structs.replace(words, segment_id=segment_id, text=text), "", 1)
    archive.close()
    engine = connect(database)
    yield engine
    engine.dispose()


def found(engine: Engine, question: str) -> list[str]:
    condition = said(question, engine.dialect.name)
    assert condition is not None
    with engine.connect() as db:
        return sorted(db.scalars(select(schema.spoken.c.segment_id).where(condition)))


@pytest.mark.parametrize(
    ("question", "segments"),
    [
        ("third time", ["c/0/0"]),
        ("time THIRD", ["c/0/0"]),
        ("rechn", ["c/0/4000"]),
        ("märz", ["c/0/4000"]),
        ("bill rechnung", []),
        ("drop table", ["c/0/8000"]),
        ("40", ["c/0/8000"]),
    ],
)
def test_a_question_finds_the_segments_that_hold_the_beginnings_of_its_words(
    engine: Engine, question: str, segments: list[str]
) -> None:
    assert found(engine, question) == segments


@pytest.mark.parametrize("question", ['"time', "time AND (", "time* -third", "tim:*", "'time' | \\", "NEAR(time"])
def test_operators_of_a_database_are_no_operators_here(engine: Engine, question: str) -> None:
    assert set(found(engine, question)) <= {"c/0/0"}


def test_a_word_that_was_changed_is_found_as_it_is_now(engine: Engine, database: str, words: Words) -> None:
    archive = Archive(connect(database))
    archive.write(CallOpened(call_id=words.call_id, notice_given=True), "", 1)
    archive.write(msgspec.structs.replace(words, segment_id="c/0/0", text="a refund"), "", 1)
    archive.close()
    assert (found(engine, "refund"), found(engine, "bill")) == (["c/0/0"], [])


def test_a_question_without_a_word_asks_nothing() -> None:
    assert said(' "-* ', "sqlite") is None
    assert len(words_of("a " * 40)) == MOST_WORDS
