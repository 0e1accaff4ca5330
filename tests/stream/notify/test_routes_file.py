"""A file of routes is told what is wrong with it by line, and is followed while it runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.routes_file import RoutesWatch, parse, read_routes, schema, secret_places

from ...conftest import Clock

ROOT = Path(__file__).resolve().parents[3]
HOOK = "  hook: {kind: webhook, url: 'https://a.example/x', secrets: [{env: A}]}\n"
QUIET = "quiet_hours: [{time_zone: Europe/Berlin, begin: '7:00', until: '22:00'}]"


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("version: 2", 1, "version: "),
        ("- x", 1, "mapping"),
        ("version: 1\n  targets: {}", 2, "not YAML"),
        ("version: 1\nroutes:\n  all:\n    to: [x]\n    severity: [act]\n", 5, "did you mean `severities`?"),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hok]}}\n", 5, "did you mean `hook`?"),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook], teams: [n]}}\n", 5, "there is no team `n`"),
        (
            "version: 1\ntargets:\n  x: {kind: webhook, url: 'http://a.b/', secrets: [{env: A}]}\n",
            3,
            "private_addresses",
        ),
        ("version: 1\ntargets:\n  x: {kind: webhook, url: 'https://a.b/', secrets: []}\n", 3, "length >= 1"),
        ("version: 1\ntargets:\n  x: {kind: slack, webhook: {env: A}, token: {env: B}}\n", 3, "either"),
        ("version: 1\ntargets:\n  x: {kind: slack, webhook: {env: A, file: /b}}\n", 3, "either `file` or `env`"),
        ("version: 1\nacknowledge: {url: 'https://a.example'}\n", 2, "belong together"),
        ("version: 1\nacknowledge: {url: 'https://a.example', secret: abc}\n", 2, "write {file: /path} or {env: VARI"),
        ("version: 1\ntargets:\n  x: {kind: webhook, url: 'https://a.b/', secrets: [abc]}\n", 3, "write {file: "),
        ("version: 1\ntargets:\n  x: {kind: slak}\n", 3, "one of email, pagerduty, slack, teams, webhook"),
        (
            "version: 1\ntargets:\n  x: {kind: pagerduty, routing_key: {env: A}, severities: {act: x}}\n",
            3,
            "of critical, ",
        ),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook], text: all}}\n", 5, "none, quotations, sentence"),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook], severities: [x]}}\n", 5, "one of act, watch"),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: hook}}\n", 5, "write [hook]"),
        (f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook], {QUIET}}}\n", 5, "written as '07:30'"),
        (f"version: 1\ntargets:\n{HOOK}{HOOK}", 4, "`hook` stands here a second time"),
    ],
)
def test_each_fault_is_told_with_its_line_and_what_to_do(text: str, line: int, what: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(text)
    assert str(raised.value).startswith(f"line {line}: ") and what in str(raised.value), raised.value


def test_a_time_zone_must_be_one() -> None:
    quiet = "{time_zone: Europe/Berln, begin: '22:00', until: '06:00'}"
    with pytest.raises(SettingsError, match="Europe/Berlin"):
        parse(f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook], quiet_hours: [{quiet}]}}\n")


def test_the_file_of_the_readme_is_a_good_one() -> None:
    page = (ROOT / "stream/notify/README.md").read_text()
    routes = parse(page.split("```yaml\n")[1].split("```")[0])
    kinds = {type(target).__name__ for target in routes.file.targets.values()}
    assert kinds == {"WebhookTarget", "SlackTarget", "TeamsTarget", "PagerDutyTarget", "EmailTarget"}
    assert all(where and secret for where, secret in secret_places(routes.file))


def test_the_file_of_the_cluster_is_a_good_one() -> None:
    assert read_routes(ROOT / "k8s/components/notify/routes.yaml").file.board


def test_the_schema_is_one_of_the_file() -> None:
    assert {"targets", "routes"} <= json.loads(schema())["$defs"]["RoutesFile"]["properties"].keys()


def test_a_change_is_followed_and_a_broken_one_leaves_what_was(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(f"version: 1\ntargets:\n{HOOK}routes:\n  all: {{to: [hook]}}\n")
    watch = RoutesWatch(path, clock)
    assert list(watch.current().file.routes) == ["all"]
    for number, (text, names) in enumerate(
        [
            (f"version: 1\ntargets:\n{HOOK}routes:\n  new: {{to: [hook]}}\n", ["new"]),
            ("version: 1\nroutes: 7\n", ["new"]),
            (f"version: 1\ntargets:\n{HOOK}routes:\n  last: {{to: [hook]}}\n", ["last"]),
        ],
        1,
    ):
        path.write_text(text)
        os.utime(path, (number, number))
        clock.advance(3)
        assert list(watch.current().file.routes) == names


def test_without_a_file_there_are_no_routes_and_a_missing_one_is_an_error(tmp_path: Path, clock: Clock) -> None:
    assert RoutesWatch(None, clock).current().file.routes == {}
    with pytest.raises(SettingsError, match="cannot read"):
        RoutesWatch(tmp_path / "none.yaml", clock)
