"""`tonewatch notify check`, as somebody runs it."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.notify_command import notify

FILE = """version: 1
acknowledge: {url: 'https://n.example', secret: {env: LINKS}}
targets:
  crm: {kind: webhook, url: 'https://a.example/x', secrets: [{env: NEW}, {env: OLD}]}
  desk: {kind: slack, channel: C1, token: {env: BOT}}
  posts: {kind: slack, webhook: {env: POSTS}}
  floor: {kind: teams, webhook: {env: FLOOR}}
  duty: {kind: pagerduty, routing_key: {env: DUTY}}
routes:
  all: {to: [crm, desk, posts, floor]}
  late: {to: [crm]}
"""
GOOD = {
    "LINKS": "l" * 32,
    "NEW": "whsec_" + "bmV3" * 8,
    "OLD": "whsec_" + "b2xk" * 8,
    "BOT": "xoxb-1",
    "POSTS": "https://hooks.slack.example/services/1",
    "FLOOR": "https://teams.example/1",
    "DUTY": "d" * 32,
}


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "routes.yaml"
    path.write_text(FILE)
    return str(path)


def test_what_has_no_effect_is_told_with_its_line(file: str) -> None:
    said = CliRunner().invoke(notify, ["check", file])
    assert said.exit_code == 0
    assert "warning: line 8: targets.duty: no route" in said.output
    assert "warning: line 11: routes.late: never tells anybody" in said.output


def test_secrets_that_can_work_are_there(file: str) -> None:
    said = CliRunner(env=GOOD).invoke(notify, ["check", file, "--secrets"])
    assert said.exit_code == 0 and said.output.count(": the secret is there") == len(GOOD)


def test_each_secret_that_cannot_work_is_named_by_its_line_and_never_shown(file: str) -> None:
    wrong = GOOD | {
        "LINKS": "short-1",
        "NEW": "bmV3" * 8,
        "OLD": "",
        "BOT": "Bearer-1",
        "POSTS": "hooks.slack.example/services/1",
        "FLOOR": "https://10.0.0.7/secret-1",
    }
    said = CliRunner(env=wrong).invoke(notify, ["check", file, "--secrets"])
    assert isinstance(said.exception, SettingsError) and "6 of the secrets" in str(said.exception)
    for part in (
        "line 4: targets.crm.secrets.0: A webhook's secret is `whsec_`",
        "line 4: targets.crm.secrets.1: The variable OLD",
        "line 5: targets.desk.token: no token",
        "line 6: targets.posts.webhook: an address begins with https://",
        "line 7: targets.floor.webhook: 10.0.0.7 is an address of the own network: say `private_addresses: true`",
        "line 8: targets.duty.routing_key: the secret is there",
        "line 2: acknowledge.secret: shorter",
    ):
        assert part in said.output, said.output
    assert not any(secret in said.output for secret in wrong.values() if secret)
