from __future__ import annotations

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tonewatch.stream.caller_keys import CallerKeys
from tonewatch.stream.codec import encode
from tonewatch.stream.messages import PastCall, Posterior
from tonewatch.stream.monitor import callers_command
from tonewatch.stream.monitor.callers import Callers, record_key
from tonewatch.stream.monitor.callers_command import callers
from tonewatch.stream.settings import CallerSettings

SECRET = "a secret of sixteen bytes or more"
CALM = Posterior(angry=0.1, happy=0.2, neutral=0.6, sad=0.1)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callers:
    """What the topic says."""
    found = Callers()

    async def read(_settings: CallerSettings) -> Callers:
        return found

    monkeypatch.setattr(callers_command, "_known", read)
    monkeypatch.setattr(callers_command, "_out", Console(width=200))
    return found


def run(*arguments: str, secret: str = SECRET, said: str = "") -> str:
    environment = {"TONEWATCH_CALLER_SECRET": secret}
    result = CliRunner().invoke(callers, list(arguments), env=environment, input=said)
    return result.output + str(result.exception or "")


@pytest.mark.usefixtures("known")
def test_without_the_secret_or_an_id_nobody_can_be_looked_for() -> None:
    assert "TONEWATCH_CALLER_SECRET is not set" in run("show", "+48 123", secret="")
    assert "The caller's id is empty" in run("show", "-", said="\n")


def test_a_caller_s_calls_are_found_by_the_id_and_shown_in_figures(known: Callers) -> None:
    assert run("show", "+48 123") == "Nothing is kept of this caller.\n"
    call = PastCall(
        call_id="one",
        caller=CallerKeys(SECRET.encode())("+48 123"),
        started_at_ms=0,
        ended_at_ms=60_000,
        segments=9,
        speech_ms=20_000,
        alone=CALM,
        posterior=CALM,
        medians={"pitch": 12.34},
    )
    known.apply(record_key(call), encode(call))
    for shown in (run("show", "+48 123"), run("show", "-", said="+48 123\n")):
        assert all(
            text in shown for text in ("one", "1970-01-01 00:00", "20 s", "10 %, 20 %, 60 %, 10 %", "pitch 12.3")
        )
    assert run("show", "+48 124") == "Nothing is kept of this caller.\n"
