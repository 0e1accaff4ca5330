"""Who called before: keys without names, the topic's records in any order, and forgetting."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tonewatch.stream.caller_keys import CallerKeys, read_secret
from tonewatch.stream.codec import encode
from tonewatch.stream.errors import SettingsError, Undecodable
from tonewatch.stream.messages import PastCall, Posterior
from tonewatch.stream.monitor.callers import (
    Callers,
    erasure,
    record_key,
)

SECRET = b"a secret of sixteen bytes or more"
CALM = Posterior(angry=0.1, happy=0.1, neutral=0.7, sad=0.1)


def past(call_id: str, at_ms: int, caller: str = "k") -> PastCall:
    return PastCall(
        call_id=call_id,
        caller=caller,
        started_at_ms=at_ms,
        ended_at_ms=at_ms + 60_000,
        segments=9,
        speech_ms=20_000,
        alone=CALM,
        posterior=CALM,
    )


def holding(*calls: PastCall) -> Callers:
    callers = Callers()
    for call in calls:
        callers.apply(record_key(call), encode(call))
    return callers


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


def test_a_record_that_is_written_twice_counts_once_and_an_empty_one_takes_it_away() -> None:
    first, second = past("one", 1_000), past("two", 2_000)
    callers = holding(second, first, second, past("other", 3_000, "m"))
    assert callers.of("k") == [first, second]
    callers.apply(record_key(first), None)
    assert callers.of("k") == [second]
    assert callers.of("unknown") == []


def test_a_forgotten_caller_has_no_calls_and_those_that_go_on_add_none() -> None:
    callers = holding(past("one", 1_000), past("other", 1_000, "m"))
    for key, value in erasure(callers, "k", 5_000):
        callers.apply(key, value)
    during, after = past("during", 4_000), past("after", 6_000)
    assert (callers.of("k"), callers.keys("k")) == ([], [])
    assert (callers.may_keep(during), callers.may_keep(after)) == (False, True)
    for call in (during, after):
        callers.apply(record_key(call), encode(call))
    assert callers.of("k") == [after]
    assert callers.of("m") == [past("other", 1_000, "m")]


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(Undecodable):
        Callers().apply("k/one", b"nonsense")
