"""What a run of digits is: whose number, or nobody's."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tonewatch.workers.redaction.amounts import is_measured, is_spoken_time, speaks_of_money, speaks_of_quantity
from tonewatch.workers.redaction.called import Called, Names
from tonewatch.workers.redaction.checks import CARD_DIGITS, is_card, is_phone
from tonewatch.workers.redaction.ibans import reads_an_iban
from tonewatch.workers.redaction.kinds import Kind
from tonewatch.workers.redaction.number_words import FILLERS
from tonewatch.workers.redaction.runs import Run, Token, runs_of
from tonewatch.workers.redaction.scattered import Group
from tonewatch.workers.redaction.spans import Spans

REGIONS: Final = ("GB", "US", "DE")
"""Whose telephone numbers are known as they are dialled at home."""

GROUPED_LEAST: Final = 6
WRITTEN_LEAST: Final = 7
SPELLED_LEAST: Final = 4
"""Digits that are somebody's number without a word of what they are: in groups, in one, read out one by one."""

ALONE_LEAST, BEGUN_LEAST, GOES_ON_LEAST = 3, 3, 2
"""Digits of a transcript that has nothing else; at its end, where more may follow; at the seam to another one."""

_LEAST: Final[dict[Called, int]] = {"code": 3, "account": 6, "phone": 6, "card": 5, "named": 5}
_LEAST_AT_ONCE: Final[dict[Called, int]] = {"code": 2, "account": 4, "phone": 6, "card": 5, "named": 5}
_LEAST_BEGUN: Final[dict[Called, int]] = {"code": 1, "account": 2, "phone": 3, "card": 3, "named": 3}
"""Digits where the word for it was said: somewhere beside, just before, and just before at the end of a transcript."""

BIRTH_LEAST: Final = 2
GROUP_LEAST: Final = 3
"""Digits of a group of a number that was begun just before."""

JOINED_LEAST: Final = 2
"""Digits of a group that is apart from the others of its number."""

PRICE_MOST: Final = 5
PRICED_WITHIN: Final = 24
"""Digits of one price, and characters before it within which its word ends."""

SHIELDED_MOST: Final = 9
"""Digits of a run of which a part is an amount: more are a number that an amount was read into."""

PLAIN_AMOUNT_MOST: Final = 7
"""Digits of an amount that is written in one."""

_SAYS_NOTHING_TEXT: Final = "no sure the number is it's so well nummer die der das ist"
_SAYS_NOTHING: Final = FILLERS | frozenset(_SAYS_NOTHING_TEXT.split())


@dataclass(frozen=True)
class Surroundings:
    """A text, what in it is an amount, and the part of it, `low` to `high`, that is being judged now."""

    text: str
    words: Sequence[Token]
    names: Names
    amounts: Spans
    clocks: Spans
    low: int
    high: int

    @property
    def first(self) -> int:
        """Where the first word begins that says anything."""
        return next((one.start for one in self.words if self.low <= one.start and _says(one)), self.high)

    @property
    def last(self) -> int:
        ends = (one.end for one in reversed(self.words) if one.end <= self.high and _says(one))
        return next(ends, self.low)


def _says(token: Token) -> bool:
    return bool(token.digits) or token.text not in _SAYS_NOTHING


class Judge:
    """Of the runs of one text."""

    def __init__(self, around: Surroundings, regions: Sequence[str]) -> None:
        self._around = around
        self._text = around.text
        self._names = around.names
        self._regions = regions
        self._first, self._last = around.first, around.last

    def parts(self, run: Run) -> Iterator[tuple[Run, Kind]]:
        """The run, or the runs that are left of it without its amounts, with what they are."""
        covered = [self._around.amounts.touch(token.start, token.end) for token in run.words if token.digits]
        if not any(covered) or self._is_whole(run, covered):
            yield from self._judged([run])
        elif not all(covered):
            left = [token for token in run.words if not self._around.amounts.touch(token.start, token.end)]
            yield from self._judged(runs_of(self._text, left))

    def _judged(self, runs: Iterator[Run] | list[Run]) -> Iterator[tuple[Run, Kind]]:
        for run in runs:
            if (kind := self._kind(run)) is not None:
                yield run, kind

    def _is_whole(self, run: Run, covered: Sequence[bool]) -> bool:
        """An amount shields no number that proves itself, is called one, or is longer than any amount."""
        if is_card(run.digits) or reads_an_iban(self._text, run):
            return True
        at_once = self._names.at_once(run.start)
        all_clocks = all(self._around.clocks.touch(one.start, one.end) for one in run.words if one.digits)
        if at_once is not None and (at_once == "code" or not all_clocks):
            return len(run.digits) >= _LEAST_AT_ONCE[at_once]
        if self._names.is_of_birth(run.start) and not all_clocks:
            return True
        if not all(covered):
            own = [token for token, is_covered in zip(_digits(run), covered, strict=True) if not is_covered]
            return len(run.digits) >= SHIELDED_MOST and sum(len(token.digits) for token in own) >= SPELLED_LEAST
        if len(run.groups) == 1:
            return len(run.digits) > PLAIN_AMOUNT_MOST
        return not all_clocks and (len(run.digits) > SHIELDED_MOST or self._is_all(run)) and run.listed == 0

    def _kind(self, run: Run) -> Kind | None:
        if is_card(run.digits):
            return "card"
        if reads_an_iban(self._text, run):
            return "account"
        if self._names.is_of_birth(run.start, run.end) and BIRTH_LEAST <= len(run.digits) <= 8:
            return "birth"
        said = self._names.before(run.start) or self._names.behind(run.end)
        return self._by_its_word(run, said) or self._by_itself(run, said)

    def _by_its_word(self, run: Run, said: Called | None) -> Kind | None:
        if said is None:
            return None
        many = len(run.digits)
        # `meet me at the bank at ten`.
        if said == "account" and len(run.groups) == 1 and is_spoken_time(self._text, run.start, run.groups):
            return None
        if said == self._names.at_once(run.start):
            least = _LEAST_BEGUN[said] if self._is_at_the_end(run) else _LEAST_AT_ONCE[said]
        elif (_is_year(run) and said != "phone") or is_measured(self._text, run.end) or self._is_priced(run):
            return None
        else:
            least = _LEAST[said]
        return self._named(run, said) if many >= least else None

    def _named(self, run: Run, said: Called) -> Kind:
        match said:
            case "account" | "phone":
                return said
            case "code":
                return "number"
            case "card" if len(run.digits) in CARD_DIGITS:
                return "card"
        dialled = run.digits.startswith("0") or run.plus or said != "named"
        return "phone" if dialled and self._is_phone(run) else "number"

    def _by_itself(self, run: Run, said: Called | None) -> Kind | None:
        if not (self._is_long(run) or self._goes_on(run) or self._is_begun(run)):
            return None
        dialled = run.digits.startswith("0") or run.plus or said != "named"
        return "phone" if dialled and self._is_phone(run) else "number"

    def _is_phone(self, run: Run) -> bool:
        return is_phone(run.digits, plus=run.plus, regions=self._regions)

    def _is_long(self, run: Run) -> bool:
        """Somebody's number by its length alone."""
        many, groups = len(run.digits), len(run.groups)
        if run.plus and many >= GROUPED_LEAST:
            return True
        if (
            _are_years(run)
            or _counts_up(run)
            or self._is_priced(run)
            or (many < WRITTEN_LEAST and self._is_nobodys(run))
        ):
            return False
        singles = sum(len(group) == 1 for group in run.groups)
        if singles == groups and groups >= SPELLED_LEAST and run.listed < groups - 1:
            return True
        if groups > 1 and many >= GROUPED_LEAST and not _is_list(run):
            return True
        if groups == 1 and many >= WRITTEN_LEAST:
            return True
        return self._is_all(run) and many >= ALONE_LEAST and not _is_year(run) and not _is_list(run)

    def may_go_on(self, run: Run) -> bool:
        """Nothing by itself, and not an amount either: `and the last bit is 1111`."""
        if any(self._around.amounts.touch(token.start, token.end) for token in _digits(run)):
            return False
        return len(run.digits) >= GROUP_LEAST and not _is_year(run) and not self._is_nobodys(run)

    def group(self, run: Run, *, is_marked: bool) -> Group | None:
        """The run as a part of a number with words between; null where it cannot be one."""
        if not is_marked:
            if len(run.digits) < JOINED_LEAST or self._is_nobodys(run):
                return None
            if any(self._around.amounts.touch(token.start, token.end) for token in _digits(run)):
                return None
        return Group(run, is_marked, _is_year(run) or _are_years(run), self._is_at_the_end(run))

    def _is_nobodys(self, run: Run) -> bool:
        return is_measured(self._text, run.end) or is_spoken_time(self._text, run.start, run.groups)

    def _is_priced(self, run: Run) -> bool:
        """`das kostet eins neunundneunzig`, `the bill was 120 then 130 then 140`."""
        within = max(0, run.start - PRICED_WITHIN)
        listed = run.listed + run.commas >= len(run.groups) - 1
        if listed and self._are_values(run) and speaks_of_quantity(self._text, within, run.start):
            return True
        if len(run.digits) > PRICE_MOST and not listed:
            return False
        short = max(map(len, run.groups)) < WRITTEN_LEAST and len(run.digits) < CARD_DIGITS.start
        return short and speaks_of_money(self._text, within, run.start)

    def _are_values(self, run: Run) -> bool:
        """`was 1200 then 1500`: written as amounts are, of one length or nearly, and called nothing else."""
        lengths = [len(group) for group in run.groups]
        if len(lengths) < 2 or min(lengths) < 2 or max(lengths) > PRICE_MOST or max(lengths) - min(lengths) > 1:
            return False
        return not any(group.startswith("0") for group in run.groups) and self._names.at_once(run.start) is None

    def _is_all(self, run: Run) -> bool:
        return run.start <= self._first and run.end >= self._last

    def _is_at_the_end(self, run: Run) -> bool:
        return run.end >= self._last and run.end <= self._around.high

    def _is_begun(self, run: Run) -> bool:
        """At the end of the transcript, and read out as numbers are: what follows may be the rest of it."""
        if not self._is_at_the_end(run) or len(run.digits) < BEGUN_LEAST or self._is_nobodys(run):
            return False
        if _is_list(run) or _is_year(run) or _are_years(run) or _counts(run) or _counts_up(run) or self._is_priced(run):
            return False
        return len(run.groups) > 1 or run.digits.startswith("0")

    def _goes_on(self, run: Run) -> bool:
        """Over the seam to the transcript before or behind."""
        around = self._around
        own = [one for one in _digits(run) if around.low <= one.start < around.high]
        if not own or len(own) == len(_digits(run)) or self._is_nobodys(run):
            return False
        is_alone = own[0].start <= self._first and own[-1].end >= self._last
        return is_alone or sum(len(one.digits) for one in own) >= GOES_ON_LEAST


def _digits(run: Run) -> list[Token]:
    return [token for token in run.words if token.digits]


def _is_list(run: Run) -> bool:
    """`20, 30, 40` and `two and three`: a comma or an `and` before each group, and too few digits for a number."""
    joints = len(run.groups) - 1
    return joints > 0 and max(run.commas, run.listed) >= joints and len(run.digits) < WRITTEN_LEAST


def _counts(run: Run) -> bool:
    """`one two three`."""
    return "123456789".startswith(run.digits)


def _counts_up(run: Run) -> bool:
    """`12 14 and 16`, `120 then 130 then 140`, `50 50`."""
    if run.groups == ("50", "50"):
        return True
    length = len(run.groups[0])
    if len(run.groups) < 3 or length not in (2, 3) or run.listed + run.commas == 0 or len(run.digits) > SHIELDED_MOST:
        return False
    ascend = all(one < other for one, other in itertools.pairwise(run.groups))
    return ascend and {len(one) for one in run.groups} == {length} and run.digits[0] != "0"


def _is_year(run: Run) -> bool:
    return len(run.digits) == 4 and len(run.groups) <= 2 and run.digits[:2] in ("19", "20") and run.commas == 0


def _are_years(run: Run) -> bool:
    """`2019 2020 2021`."""
    return len(run.groups) > 1 and all(len(group) == 4 and group[:2] in ("19", "20") for group in run.groups)
