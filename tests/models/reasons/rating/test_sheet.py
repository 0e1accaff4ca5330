from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.models.reasons.rating.sheet import make_sheet, read_key, write_sheet
from tonewatch.models.reasons.rating.texts import WrittenText
from tonewatch.stream.errors import SettingsError


def test_a_sheet_holds_every_text_once_and_nothing_of_who_wrote_it(written: list[WrittenText]) -> None:
    sheet, key = make_sheet(written, seed=1)
    assert sorted(item.text for item in sheet.items) == sorted({one.text for one in written if one.text})
    blind = msgspec.json.encode(sheet)
    assert not any(word in blind for word in (b"argued", b"listed", b"a person", b"tiny", b".wav"))
    assert [origin.id for origin in key.origins] == [item.id for item in sheet.items]


def test_the_reason_before_is_kept_from_the_rater(written: list[WrittenText]) -> None:
    before = msgspec.structs.replace(written[0].facts, last_rationale="in the style of its source")
    sheet, _ = make_sheet([WrittenText(written[0].source, written[0].moment, before, "Louder.")], seed=1)
    assert sheet.items[0].facts.last_rationale == ""


def test_a_text_that_two_sources_gave_is_one_item_of_both(written: list[WrittenText]) -> None:
    sheet, key = make_sheet(written, seed=1)
    shared = next(item.id for item in sheet.items if item.text == "Softer.")
    [origin] = [origin for origin in key.origins if origin.id == shared]
    assert [author.source for author in origin.authors] == ["argued", "listed"]
    assert key.silent == {"argued": 1}


def test_the_seed_repeats_the_order_and_another_changes_it(written: list[WrittenText]) -> None:
    many = [
        WrittenText(one.source, (f"{n}.wav", "onset", n), one.facts, f"{one.text or 'Louder.'} {n}")
        for n in range(9)
        for one in written
    ]
    assert make_sheet(many, seed=1)[0] == make_sheet(many, seed=1)[0]
    assert make_sheet(many, seed=1)[0].sheet != make_sheet(many, seed=2)[0].sheet


def test_a_key_is_read_back_and_a_folder_without_one_is_refused(tmp_path: Path, written: list[WrittenText]) -> None:
    sheet, key = make_sheet(written, seed=1)
    write_sheet(tmp_path / "sheet", sheet, key, "<html>")
    assert read_key(tmp_path / "sheet") == key
    with pytest.raises(SettingsError, match=r"key\.json"):
        read_key(tmp_path)
