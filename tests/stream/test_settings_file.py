from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings_file import file_text


def test_a_file_is_its_text_or_a_reason_with_its_name(tmp_path: Path) -> None:
    (tmp_path / "good").write_text("größer", encoding="utf-8")
    (tmp_path / "bad").write_bytes(b"\xff\xfe")
    assert file_text(tmp_path / "good", "rules") == "größer"
    with pytest.raises(SettingsError, match=r"cannot read the rules .*none"):
        file_text(tmp_path / "none", "rules")
    with pytest.raises(SettingsError, match="bad: not text in UTF-8"):
        file_text(tmp_path / "bad", "rules")
