from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.call_hash import erased_id
from tonewatch.stream.erasure.erase_command import erase, export_person, write_private
from tonewatch.stream.erasure.receipt import Receipt, sign, text
from tonewatch.stream.errors import DataError, SettingsError


def test_a_key_is_needed_before_anything_is_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_ERASE_KEY", "too short")
    with pytest.raises(SettingsError, match="TONEWATCH_ERASE_KEY"):
        erase("c")
    monkeypatch.setenv("TONEWATCH_ERASE_KEY", "k" * 32)
    with pytest.raises(SettingsError, match="Which call"):
        erase("")


def test_a_receipt_is_checked_and_nothing_erased(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "key"
    key.write_text("k" * 32 + "\n")
    monkeypatch.setenv("TONEWATCH_ERASE_KEY_FILE", str(key))
    receipt = sign(Receipt(call_id="c", erased_at_ms=1, removed=(), remains=()), b"k" * 32)
    file = tmp_path / "receipt.json"
    file.write_text(text(receipt))
    erase(check=file)
    file.write_text(text(receipt).replace('"c"', '"d"'))
    with pytest.raises(DataError):
        erase(check=file)


def test_a_call_or_a_caller_is_exported_and_never_both() -> None:
    for call_id, caller in (("", ""), ("c", "p")):
        with pytest.raises(SettingsError, match="either"):
            export_person(call_id, caller=caller)


def test_what_is_written_is_its_owner_s_alone_and_goes_through_no_link(tmp_path: Path) -> None:
    file = tmp_path / "out.json"
    file.touch(mode=0o644)
    write_private(file, "x")
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("x", 0o600)
    (tmp_path / "link").symlink_to(file)
    with pytest.raises(SettingsError):
        write_private(tmp_path / "link", "y")
    assert file.read_text() == "x"


def test_the_mark_of_an_erased_call_is_no_call_that_could_be_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_ERASE_KEY", "k" * 32)
    with pytest.raises(SettingsError, match="mark of a call that was erased"):
        erase(erased_id("c"), kafka="127.0.0.1:1")
