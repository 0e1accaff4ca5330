from __future__ import annotations

import pytest

from tonewatch.workers.redaction.called import Names
from tonewatch.workers.redaction.dates import births_begun, dates, is_birth


@pytest.mark.parametrize(
    ("said", "born"),
    [
        ("born 7 June 1962", True),
        ("geboren am 12.03.1985", True),
        ("on the 14th of October 2025", False),
        ("it is 1978-11-02", True),
        ("23rd of Sept. 1984", True),
        ("dob Sept 3 84", True),
        ("geboren am 3. Jan. 1984", True),
        ("the fifth of the third eighty four", True),
        ("we bought the house on May 4 1999", False),
        ("die Rechnung vom 3. März 2005", False),
        ("sixth of June. 71.", True),
        ("it's June the sixth, and that's seventy-one", True),
        ("sechster Juni äh einundsiebzig", True),
        ("on the sixth of June twenty five", False),
        ("the sixth of June 71 days later", False),
        ("on the sixth of June forty customers", False),
    ],
)
def test_a_date_is_one_of_birth_by_its_word_or_its_year(said: str, born: bool) -> None:
    (span,) = dates(said)
    assert is_birth(said, span) == born


@pytest.mark.parametrize("said", ["60-16-13", "12-34-56", "20-00-00", "01.02.03.04.05", "0 12 05 1985 7"])
def test_a_sort_code_and_a_part_of_a_longer_number_are_no_dates(said: str) -> None:
    assert list(dates(said)) == []


def test_a_day_behind_a_word_of_birth_is_one_before_the_year_is_said() -> None:
    said = "geboren am fünften dritten"
    assert [said[start:end] for start, end in births_begun(said, Names(said))] == ["fünften dritten"]
    said = "born 3 weeks early on the fifth"
    assert list(births_begun(said, Names(said))) == []
