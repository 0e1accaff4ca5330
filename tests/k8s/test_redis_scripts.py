"""The scripts of k8s/base/redis, run as they are on three addresses of loopback: a primary that dies is replaced."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from redis.sentinel import Sentinel

from tonewatch.stream.local.redis_server import redis_program

from .overlays import K8S

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(sys.platform != "linux", reason="only Linux has all of 127.0.0.0/8 on loopback"),
]

NODES = ("127.71.0.2", "127.71.0.3", "127.71.0.4")
PASSWORD = 'a "password" for \\ loopback'
CLIENT = """#!PYTHON
import sys
import redis
given = sys.argv[1:]
where = {"host": given[given.index("-h") + 1], "port": int(given[given.index("-p") + 1])}
command = given[given.index("--no-auth-warning") + 1 :]
try:
    answer = redis.Redis(**where, socket_timeout=1, socket_connect_timeout=1).execute_command(*command)
except redis.RedisError as error:
    sys.exit(str(error))
print("\\n".join(part.decode() if isinstance(part, bytes) else str(part) for part in answer or [""]))
"""
"""In place of valkey-cli, which comes with the image and not with the package."""


class Nodes:
    """A server and a sentinel on each address, as the two containers of a pod."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: dict[str, list[subprocess.Popen[bytes]]] = {}
        programs = folder / "bin"
        programs.mkdir()
        (programs / "valkey-server").symlink_to(redis_program())
        (programs / "valkey-cli").write_text(CLIENT.replace("PYTHON", sys.executable))
        (programs / "valkey-cli").chmod(0o755)
        (folder / "password").write_text(PASSWORD)

    def start(self, node: str) -> None:
        self._processes[node] = [self._run(node, script) for script in ("server.sh", "sentinel.sh")]

    def _run(self, node: str, script: str) -> subprocess.Popen[bytes]:
        state = self._folder / f"{node}-{script}"
        state.mkdir(exist_ok=True)
        environment = {
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
            "NODE": node,
            "PEERS": " ".join(NODES),
            "PASSWORD_FILE": str(self._folder / "password"),
            "STATE": str(state),
            "DOWN_AFTER_MS": "1000",
            "FAILOVER_TIMEOUT_MS": "5000",
        }
        command = ["sh", str(K8S / "base" / "redis" / "scripts" / script)]
        with (state / "log").open("wb") as log:
            return subprocess.Popen(command, env={**os.environ, **environment}, stdout=log, stderr=log)

    def kill(self, node: str) -> None:
        for process in self._processes.pop(node, []):
            process.kill()
            process.wait()

    def close(self) -> None:
        for node in NODES:
            self.kill(node)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[Nodes]:
    made = Nodes(tmp_path)
    try:
        for node in NODES:
            made.start(node)
        yield made
    finally:
        made.close()


def until(check: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            if check():
                return
        except redis.RedisError:
            pass  # not there yet
        assert time.monotonic() < deadline, "it did not come to be in time"
        time.sleep(0.2)


def knows_everybody(node: str) -> bool:
    """Whether the sentinel of this address knows both replicas and both other sentinels."""
    client: Any = redis.Redis(host=node, port=26379, socket_timeout=2)
    with contextlib.closing(client):
        state = client.sentinel_master("tonewatch")
    return bool(state["num-slaves"] == len(NODES) - 1 == state["num-other-sentinels"])


def test_a_replica_takes_over_with_what_was_written_and_the_first_pod_comes_back_as_a_replica(
    nodes: Nodes, timeout_factor: float
) -> None:
    make: Any = Sentinel
    sentinels = make([(node, 26379) for node in NODES], socket_timeout=2, password=PASSWORD)
    # Each sentinel reads of the replicas from the primary: one that has not yet can put none in the primary's place.
    until(lambda: all(knows_everybody(node) for node in NODES), 60 * timeout_factor)
    assert sentinels.discover_master("tonewatch")[0] == NODES[0]
    primary = sentinels.master_for("tonewatch", socket_timeout=2)
    primary.set("board", "full")
    until(lambda: primary.wait(2, 500) == 2, 60 * timeout_factor)
    with pytest.raises(redis.RedisError):
        redis.Redis(host=NODES[0], password="another", socket_timeout=2).get("board")
    nodes.kill(NODES[0])
    until(lambda: sentinels.discover_master("tonewatch")[0] != NODES[0], 60 * timeout_factor)
    assert sentinels.master_for("tonewatch", socket_timeout=2).get("board") == b"full"
    nodes.start(NODES[0])
    back = redis.Redis(host=NODES[0], password=PASSWORD, socket_timeout=2)
    until(lambda: back.info("replication").get("master_link_status") == "up", 60 * timeout_factor)
    assert back.info("replication")["role"] == "slave" and back.get("board") == b"full"
