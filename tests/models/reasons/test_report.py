from __future__ import annotations

from pathlib import Path

import msgspec

from tonewatch.models.reasons.reason_metrics import reason_metrics
from tonewatch.models.reasons.report import PRINTED, Page, html, printed, write_report
from tonewatch.stream.messages import FactsTable

from .conftest import honest, records


def test_the_page_prints_reasons_as_they_were_given(tmp_path: Path, tables: dict[str, FactsTable]) -> None:
    found = records(honest, tables)
    page = Page("3 calls", {"known": reason_metrics(found)}, found)
    assert write_report(tmp_path, page).read_text() == html(page)
    assert all(one.rationale.text.replace('"', "&quot;") in html(page) for one in found)


def test_of_many_reasons_fifty_are_printed_from_the_first_to_the_last(tables: dict[str, FactsTable]) -> None:
    found = records(honest, tables) * 40
    chosen = printed(found)
    assert len(chosen) == PRINTED
    assert (chosen[0], chosen[-1]) == (found[0], found[-1])


def test_what_comes_from_outside_is_escaped(tables: dict[str, FactsTable]) -> None:
    [one, *_] = records(honest, tables)
    odd = msgspec.structs.replace(one.rationale, text="<b>no</b>")
    page = Page("<i>", {"<x>": reason_metrics([one])}, [type(one)(**{**one.__dict__, "rationale": odd})])
    assert "<b>no</b>" not in html(page)
    assert "&lt;i&gt;" in html(page) and "&lt;x&gt;" in html(page)
