from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tonewatch.workers.redaction import patterns


def cut(text: str, of: Callable[[str], Iterable[tuple[int, int]]]) -> list[str]:
    return [text[start:end] for start, end in of(text)]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("jane@example.com and", ["jane@example.com"]),
        ("my mail is jane at example dot com", ["jane at example dot com"]),
        ("tom99 at example punkt de", ["tom99 at example punkt de"]),
        ("look at example.com", []),
        ("I am at home", []),
    ],
)
def test_an_address_is_found_written_and_spoken(said: str, found: list[str]) -> None:
    assert cut(said, patterns.emails) == found


def test_an_iban_ends_where_its_check_digits_say() -> None:
    assert cut("IBAN DE89 3704 0044 0532 0130 00 AND 12", patterns.ibans) == ["DE89 3704 0044 0532 0130 00"]


@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("born 7 June 1962", True),
        ("geboren am 12.03.1985", True),
        ("on the 14th of October 2025", False),
        ("it is 1978-11-02", True),
    ],
)
def test_a_date_is_one_of_birth_by_its_word_or_its_year(said: str, born: bool) -> None:
    (span,) = patterns.dates(said)
    assert patterns.is_birth(said, span) == born


@pytest.mark.parametrize("said", ["60-16-13", "12-34-56", "20-00-00"])
def test_a_sort_code_is_no_date(said: str) -> None:
    assert cut(said, patterns.dates) == []


@pytest.mark.parametrize("said", ["$1,249.99", "39,99 Euro", "10:30", "45 minutes", "1.250.000"])
def test_money_measures_and_times_are_amounts(said: str) -> None:
    assert any(start == 0 for start, _ in patterns.amounts(said))
