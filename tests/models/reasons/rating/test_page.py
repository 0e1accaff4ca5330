from __future__ import annotations

import re

import msgspec

from tonewatch.models.reasons.rating.page import sheet_page
from tonewatch.models.reasons.rating.scores import DIMENSIONS
from tonewatch.models.reasons.rating.sheet import make_sheet
from tonewatch.models.reasons.rating.texts import WrittenText
from tonewatch.stream.messages import Quote


def test_each_text_can_be_given_one_to_five_in_each_dimension(written: list[WrittenText]) -> None:
    sheet, _ = make_sheet(written, seed=1)
    page = sheet_page(sheet)
    for item in sheet.items:
        for dimension in DIMENSIONS:
            assert re.findall(rf"name={item.id}\.{dimension} value=(\d)", page) == ["1", "2", "3", "4", "5"]
    assert f'data-sheet="{sheet.sheet}"' in page and not any(name in page for name in ("argued", "listed"))


def test_what_callers_said_is_shown_in_full_and_escaped(written: list[WrittenText]) -> None:
    said = Quote(segment_id="c/0/1", start_ms=62_000, text="<b>" + "no " * 40 + "more")
    facts = msgspec.structs.replace(written[0].facts, quotes=(said,))
    sheet, _ = make_sheet([WrittenText(written[0].source, written[0].moment, facts, 'Louder & "sure".')], seed=1)
    page = sheet_page(sheet)
    assert "1:02 &lt;b&gt;" in page and "no more" in page and "<b>" not in page
    assert "Louder &amp; &quot;sure&quot;." in page
