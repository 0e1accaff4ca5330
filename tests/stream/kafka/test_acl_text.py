from __future__ import annotations

import itertools
import json
import shlex
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from tonewatch.stream.access import ROLES
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.acl_text import FORMATS, Grant, as_json, as_kafka_acls, as_strimzi
from tonewatch.stream.kafka.topics_command import topics

Held = set[tuple[str, str, str, str]]
"""Principal, resource, name, operation."""


def from_json(grant: Grant) -> Held:
    return {
        (one["principal"], right["resource"], right["name"], operation)
        for one in json.loads(as_json(grant))
        for right in one["rights"]
        for operation in right["operations"]
    }


def from_kafka_acls(grant: Grant) -> Held:
    found: Held = set()
    for line in as_kafka_acls(grant).splitlines():
        words = shlex.split(line)[1:]
        flags = list(itertools.pairwise(words))
        (principal,) = (value for flag, value in flags if flag == "--allow-principal")
        (operation,) = (value for flag, value in flags if flag == "--operation")
        found |= {(principal, f[2:], value, operation) for f, value in flags if f in ("--topic", "--group")}
        if "--cluster" in words:
            found.add((principal, "cluster", "kafka-cluster", operation))
    return found


def from_strimzi(grant: Grant) -> Held:
    found: Held = set()
    for user in yaml.safe_load_all(as_strimzi(grant)):
        assert (user["kind"], user["apiVersion"]) == ("KafkaUser", f"kafka.strimzi.io/{grant.strimzi_version}")
        for acl in user["spec"]["authorization"]["acls"]:
            resource: dict[str, Any] = acl["resource"]
            name = resource.get("name", "kafka-cluster")
            found |= {(f"User:{user['metadata']['name']}", resource["type"], name, o) for o in acl["operations"]}
    return found


@pytest.mark.parametrize("idempotent", [False, True])
def test_every_form_grants_the_same(idempotent: bool) -> None:
    grant = Grant(idempotent_write=idempotent, prefix="call-")
    assert from_json(grant) == from_kafka_acls(grant) == from_strimzi(grant)
    clusters = {name for _, resource, name, _ in from_json(grant) if resource == "cluster"}
    assert clusters == ({"kafka-cluster"} if idempotent else set())


def test_a_principal_may_have_a_name_of_its_own() -> None:
    grant = Grant(roles=("listen",), principals={"listen": "User:CN=listen,O=A B"})
    assert "--allow-principal 'User:CN=listen,O=A B'" in as_kafka_acls(grant)


def test_the_monitor_s_group_and_changelog_follow_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TONEWATCH_APP_ID", "other")
    printed = CliRunner().invoke(topics, ["acl", "--role", "monitor", "--format", "json"]).output
    names = {right["name"] for right in json.loads(printed)[0]["rights"]}
    assert {"other", "other-calls-changelog"} <= names
    assert not any("tonewatch-monitor" in name for name in names)


def test_the_table_names_every_role_and_cuts_no_name() -> None:
    printed = CliRunner().invoke(topics, ["acl"]).output
    assert all(f"User:tonewatch-{role}" in printed for role in ROLES)
    assert "tonewatch-monitor-calls-changelog" in printed and "…" not in printed


@pytest.mark.parametrize(
    "words",
    [["--format", "xml"], ["--role", "nobody"], ["--principal", "listen=somebody"], ["--principal", "x=User:y"]],
)
def test_what_is_not_known_is_refused(words: list[str]) -> None:
    refused = CliRunner().invoke(topics, ["acl", *words]).exception
    assert isinstance(refused, SettingsError) and words[0] in str(refused)


def test_the_formats_are_those_that_the_help_names() -> None:
    assert set(FORMATS) == {"json", "kafka-acls", "strimzi"}
