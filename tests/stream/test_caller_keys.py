from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tonewatch.stream.caller_keys import CallerKeys, read_secret
from tonewatch.stream.errors import SettingsError

SECRET = b"a secret of sixteen bytes or more"


def test_a_key_is_the_same_for_one_caller_and_tells_neither_the_id_nor_works_with_another_secret() -> None:
    keys = CallerKeys(SECRET)
    assert keys("+48 123") == keys(" +48 123\n") != keys("+48 124")
    assert set(keys("+48 123")) <= set("0123456789abcdef")
    assert CallerKeys(SECRET + b"x")("+48 123") != keys("+48 123")
    assert keys("  ") == ""


def test_without_a_secret_no_caller_is_known_and_it_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    keys = CallerKeys()
    with caplog.at_level(logging.WARNING):
        assert [keys("+48 123"), keys("+48 124")] == ["", ""]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "TONEWATCH_CALLER_SECRET" in caplog.text
    assert "48 12" not in caplog.text


def test_the_secret_comes_from_the_environment_or_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(SECRET + b"\n")
    assert read_secret("", str(file)) == read_secret(SECRET.decode(), "") == SECRET
    assert read_secret("", "") == b""


@pytest.mark.parametrize(("text", "content"), [("short", None), ("", b"short"), ("", b"")])
def test_a_secret_that_is_too_short_is_refused(text: str, content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SettingsError, match="16"):
        read_secret(text, str(file) if content is not None else "")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_secret("", str(tmp_path / "none"))
