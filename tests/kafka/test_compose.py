"""docker-compose.yml says what its engine understands, and the same as the rest of the project."""

from __future__ import annotations

import re
import subprocess
import tomllib
import xml.etree.ElementTree as ET
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from starlette.routing import Route

from tonewatch.dashboard.app import create_app
from tonewatch.stream.settings import PREFIX, ROLES, MonitorSettings, load, unknown_variables, variables

from ..k8s.cluster import find_programs

ROOT = Path(__file__).resolve().parents[2]
SERVERS = {"kafka", "redis", "postgres"}
OURS = {"topics", "listen", "monitor", "explain", "archive", "notify", "door", "dashboard"}
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMMANDS: dict[str, str] = PROJECT["entry-points"]["tonewatch.commands"]

Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    found: Compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def test_the_loader_of_the_specification_takes_the_file_and_finds_every_service_in_it() -> None:
    folder = find_programs()
    if folder is None:
        pytest.skip("the loader is built by make k8s-programs")
    done = subprocess.run(
        [folder / "bin" / "compose-check", ROOT / "docker-compose.yml"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert {line.split()[0] for line in done.stdout.splitlines()} == SERVERS | OURS


def test_the_loader_refuses_a_file_with_a_word_that_the_specification_does_not_know(tmp_path: Path) -> None:
    folder = find_programs()
    if folder is None:
        pytest.skip("the loader is built by make k8s-programs")
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("healthcheck:", "healthchek:", 1))
    assert subprocess.run([folder / "bin" / "compose-check", wrong], capture_output=True, check=False).returncode == 1


def test_all_roles_and_servers_are_there_and_have_a_health_check_that_can_be_read(compose: Compose) -> None:
    assert set(compose["services"]) == SERVERS | OURS
    for name in (SERVERS | OURS) - {"topics"}:
        check = compose["services"][name]["healthcheck"]
        assert check["test"][0] in {"CMD", "CMD-SHELL"} and re.fullmatch(r"\d+s", check["interval"])


def test_every_port_is_on_loopback_only(compose: Compose) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports and all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_every_named_volume_is_declared(compose: Compose) -> None:
    used = {
        volume.partition(":")[0] for service in compose["services"].values() for volume in service.get("volumes", [])
    }
    assert used == set(compose["volumes"])


def test_kafka_is_the_version_that_is_tested(compose: Compose) -> None:
    pom = ET.parse(ROOT / "tests" / "kafka" / "pom.xml")
    version = pom.find(".//{http://maven.apache.org/POM/4.0.0}kafka.version")
    assert version is not None and compose["services"]["kafka"]["image"] == f"apache/kafka:{version.text}"


def test_each_listener_of_kafka_has_a_protocol_and_an_address(compose: Compose) -> None:
    said = compose["services"]["kafka"]["environment"]
    names = {part.partition(":")[0] for part in said["KAFKA_LISTENERS"].split(",")}
    mapped = {part.partition(":")[0] for part in said["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")}
    told = {part.partition(":")[0] for part in said["KAFKA_ADVERTISED_LISTENERS"].split(",")}
    assert names == mapped == told | {said["KAFKA_CONTROLLER_LISTENER_NAMES"]}
    assert f"kafka:{_port(said, 'INSIDE')}" == compose["x-settings"]["TONEWATCH_KAFKA"]


def _port(said: dict[str, str], listener: str) -> str:
    listeners = dict(part.split("://:") for part in said["KAFKA_LISTENERS"].split(","))
    return listeners[listener]


def test_a_variable_of_the_compose_file_is_a_known_one() -> None:
    named = re.findall(r"\$\{(TONEWATCH_\w+)", (ROOT / "docker-compose.yml").read_text())
    assert named and not unknown_variables(named)


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_role_has_settings_of_its_own_that_load(
    compose: Compose, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = compose["services"][name]["environment"]
    kind = ROLES.get(name, MonitorSettings)  # `topics apply` reads those of the monitor, for the name of its changelog
    own = {PREFIX + field.upper() for field in kind.model_fields}
    assert set(given) - own <= set(compose["x-settings"]) and set(given) <= set(variables())
    for variable, value in given.items():
        monkeypatch.setenv(variable, re.sub(r"\$\{\w+:-(.*?)\}", r"\1", value))
    assert load(kind).kafka == compose["x-settings"]["TONEWATCH_KAFKA"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_role_s_command_is_understood(compose: Compose, name: str) -> None:
    command, *arguments = compose["services"][name]["command"]
    module, _, function = COMMANDS[command].partition(":")
    target = getattr(import_module(module), function)
    if isinstance(target, typer.Typer):
        group: Any = typer.main.get_command(target)
        assert arguments[0] in group.commands if arguments else group.invoke_without_command
        return
    app = typer.Typer()
    app.command()(target)
    typer.main.get_command(app).make_context(command, list(arguments))


def test_health_checks_ask_what_the_processes_answer(compose: Compose) -> None:
    board = {route.path for route in create_app("redis://127.0.0.1:1/0").routes if isinstance(route, Route)}
    for name in OURS - {"topics"}:
        (asked,) = re.findall(r"http://127\.0\.0\.1:(\d+)(/\w+)", compose["services"][name]["healthcheck"]["test"][-1])
        if name == "dashboard":
            assert asked[0] == compose["services"][name]["ports"][0].rpartition(":")[2] and asked[1] in board
        else:
            assert asked == (compose["x-settings"]["TONEWATCH_METRICS_PORT"], "/ready")


def test_nobody_begins_before_the_topics_are_there(compose: Compose) -> None:
    for name in OURS - {"topics"}:
        waits_for = compose["services"][name]["depends_on"]
        assert waits_for["topics"] == {"condition": "service_completed_successfully"}
        given = compose["services"][name]["environment"]
        servers = {"redis": "TONEWATCH_REDIS", "postgres": "TONEWATCH_DATABASE"}
        assert waits_for.keys() - {"topics"} == {server for server, variable in servers.items() if variable in given}


def test_the_image_is_that_of_this_version(compose: Compose) -> None:
    assert {compose["services"][name]["image"] for name in OURS} == {f"tonewatch:{PROJECT['version']}"}
