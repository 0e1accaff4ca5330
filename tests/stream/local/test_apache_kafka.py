from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tonewatch.stream.errors import BrokerError, DependencyError
from tonewatch.stream.local import apache_kafka
from tonewatch.stream.local.apache_kafka import JARS_VARIABLE, ApacheKafka, find_jars
from tonewatch.stream.local.servers import port_is_busy


@pytest.fixture
def jars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as Maven fills it, and a Java that ends at once."""
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho no memory\nexit 1\n")
    java.chmod(0o755)
    (tmp_path / "kafka_2.13-9.8.7.jar").touch()
    monkeypatch.setenv(JARS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(shutil, "which", lambda _program: str(java))
    return tmp_path


def test_the_jars_are_those_of_the_variable_and_nothing_without_java(
    jars: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (find_jars(), ApacheKafka().version()) == (jars, "9.8.7")
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    assert find_jars() is None


def test_without_jars_the_error_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apache_kafka, "find_jars", lambda: None)
    with pytest.raises(DependencyError, match="make kafka-jars"):
        ApacheKafka().start()


@pytest.mark.usefixtures("jars")
def test_a_cluster_that_does_not_start_leaves_nothing_and_says_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(BrokerError, match="no memory"):
        ApacheKafka().start()
    assert not list(tmp_path.glob("tonewatch-kafka-*"))


@pytest.mark.parametrize(("brokers", "copies"), [(1, "1"), (2, "2"), (3, "3")])
def test_a_cluster_keeps_as_many_copies_as_it_has_nodes_up_to_three(jars: Path, brokers: int, copies: str) -> None:
    kafka = ApacheKafka(jars, brokers=brokers)
    kafka.nodes = [apache_kafka.Node(number, jars / str(number)) for number in range(brokers)]
    environment = kafka.environment()
    assert environment["TONEWATCH_KAFKA_REPLICATION"] == copies
    assert environment["TONEWATCH_KAFKA"] == ",".join(node.address for node in kafka.nodes)
    assert not kafka.alive()


@pytest.mark.integration
def test_a_killed_node_comes_back_on_its_port(kafka_cluster: ApacheKafka) -> None:
    (node,) = kafka_cluster.nodes
    kafka_cluster.kill()
    assert not node.alive() and not port_is_busy(node.port)
    kafka_cluster.revive()
    assert kafka_cluster.alive() and port_is_busy(node.port)
