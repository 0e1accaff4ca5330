"""docker-compose.yml says what its engine understands, and the same as the rest of the project."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import msgspec
import pytest
import yaml

from tonewatch.stream.settings import unknown_variables

ROOT = Path(__file__).resolve().parents[2]


class Healthcheck(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    test: list[str]
    interval: str
    timeout: str
    retries: int


class Service(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What the compose specification calls a service, as far as it is used here."""

    image: str
    ports: list[str]
    healthcheck: Healthcheck
    environment: dict[str, str] = msgspec.field(default_factory=dict)
    command: list[str] = msgspec.field(default_factory=list)
    volumes: list[str] = msgspec.field(default_factory=list)


class Compose(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    name: str
    services: dict[str, Service]
    volumes: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def compose() -> Compose:
    return msgspec.convert(yaml.safe_load((ROOT / "docker-compose.yml").read_text()), Compose)


def test_the_servers_are_there_and_have_a_health_check_that_can_be_read(compose: Compose) -> None:
    assert set(compose.services) == {"kafka", "redis", "postgres"}
    for service in compose.services.values():
        assert service.healthcheck.test[0] in {"CMD", "CMD-SHELL"}
        assert re.fullmatch(r"\d+s", service.healthcheck.interval)


def test_every_port_is_on_loopback_only(compose: Compose) -> None:
    ports = [port for service in compose.services.values() for port in service.ports]
    assert ports and all(re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port) for port in ports)


def test_every_named_volume_is_declared(compose: Compose) -> None:
    used = {volume.partition(":")[0] for service in compose.services.values() for volume in service.volumes}
    assert used == set(compose.volumes)


def test_kafka_is_the_version_that_is_tested(compose: Compose) -> None:
    pom = ET.parse(ROOT / "tests" / "kafka" / "pom.xml")
    version = pom.find(".//{http://maven.apache.org/POM/4.0.0}kafka.version")
    assert version is not None and compose.services["kafka"].image == f"apache/kafka:{version.text}"


def test_each_listener_of_kafka_has_a_protocol_and_an_address(compose: Compose) -> None:
    said = compose.services["kafka"].environment
    names = {part.partition(":")[0] for part in said["KAFKA_LISTENERS"].split(",")}
    mapped = {part.partition(":")[0] for part in said["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"].split(",")}
    told = {part.partition(":")[0] for part in said["KAFKA_ADVERTISED_LISTENERS"].split(",")}
    assert names == mapped == told | {said["KAFKA_CONTROLLER_LISTENER_NAMES"]}


def test_a_variable_of_the_compose_file_is_a_known_one() -> None:
    named = re.findall(r"\$\{(TONEWATCH_\w+)", (ROOT / "docker-compose.yml").read_text())
    assert named and not unknown_variables(named)
