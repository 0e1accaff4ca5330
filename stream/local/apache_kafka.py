"""Apache Kafka itself on this machine, without containers: for tests, development and the benches.

KRaft, one node or three, each broker and controller at once, on free ports of loopback. The jars come by Maven (`make
kafka-jars`), the rest is Java 17 or newer. Data lies in a temporary folder and is gone after `stop`; between `kill` and
`revive` it stays, as a machine's disk would. For one machine and small loads: the heap is 384 MB.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Annotated, Self

import typer
from aiokafka.errors import KafkaError

from tonewatch.stream.access import ROLES
from tonewatch.stream.errors import BrokerError, DependencyError
from tonewatch.stream.kafka.clients import make_admin
from tonewatch.stream.local.child import Child
from tonewatch.stream.local.secured_listeners import Secured, with_new_users
from tonewatch.stream.local.servers import HOST, free_port, in_own_loop, port_is_busy
from tonewatch.stream.settings import KafkaSecurity, KafkaSettings, plain_environment, plain_settings

JARS_VARIABLE = "TONEWATCH_KAFKA_JARS"
HOW_TO_GET_IT = "no Apache Kafka here: `make kafka-jars` fetches it (Java 17 or newer and Maven are needed)"

STOP_S = 60.0
"""How long an orderly end of a node may take: it hands its partitions over first."""

# For a short life on a shared core: no parallel collector, no second compiler.
_JAVA = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto")


def find_jars() -> Path | None:
    """The folder of jars that TONEWATCH_KAFKA_JARS names, else the environment's; None without them or without Java."""
    named = os.environ.get(JARS_VARIABLE)
    folder = Path(named) if named else Path(sys.prefix) / "kafka"
    return folder if shutil.which("java") and any(folder.glob("kafka_2.13-*.jar")) else None


@dataclass
class Node:
    """One broker and controller; its ports and its disk stay the same over its lives."""

    number: int
    folder: Path
    port: int = field(default_factory=free_port)
    controller_port: int = field(default_factory=free_port)
    tls_port: int = field(default_factory=free_port)
    child: Child | None = None

    @property
    def address(self) -> str:
        return f"{HOST}:{self.port}"

    @property
    def tls_address(self) -> str:
        """Of the listener for client certificates, where the cluster is secured."""
        return f"{HOST}:{self.tls_port}"

    def alive(self) -> bool:
        return self.child is not None and self.child.alive()

    def last_words(self) -> str:
        return (self.child.last_words() if self.child else "") or "none"


class ApacheKafka:
    """A cluster of `brokers` nodes as a context manager.

    Start it from a thread that lives as long as it is needed: the nodes end with that thread, even when it is killed.
    """

    name = "kafka"

    def __init__(
        self,
        jars: Path | None = None,
        *,
        brokers: int = 1,
        heap_mb: int = 384,
        start_s: float = 90.0,
        secured: Secured | None = None,
    ) -> None:
        """`secured`: TLS, users and ACLs instead of a plain listener."""
        self.secured = secured
        self._jars = jars or find_jars()
        self._brokers = brokers
        self._heap_mb = heap_mb
        self._start_s = start_s
        self._folder: Path | None = None
        self.nodes: list[Node] = []

    @property
    def bootstrap(self) -> str:
        return ",".join(node.address for node in self.nodes)

    @property
    def replication(self) -> int:
        """Copies of each partition that this cluster can keep."""
        return min(3, self._brokers)

    def version(self) -> str:
        """Of the jars."""
        found = next(self._jars.glob("kafka_2.13-*.jar"), None) if self._jars else None
        return found.stem.rpartition("-")[2] if found else "?"

    def environment(self) -> dict[str, str]:
        """What a role needs in its environment to use this cluster."""
        return {
            "TONEWATCH_KAFKA": self.bootstrap,
            "TONEWATCH_KAFKA_IDEMPOTENT": "true",
            "TONEWATCH_KAFKA_REPLICATION": str(self.replication),
            **({} if self.secured else plain_environment(KafkaSecurity)),
        }

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Format the disks, start every node and wait until the cluster answers.

        Raises:
            DependencyError: Java or the jars are missing.
            BrokerError: it did not answer in time; the text carries the end of a node's log.
        """
        if self._jars is None:
            raise DependencyError(f"{HOW_TO_GET_IT[0].upper()}{HOW_TO_GET_IT[1:]}.")
        self._folder = Path(tempfile.mkdtemp(prefix="tonewatch-kafka-"))
        self.nodes = [Node(number, self._folder / str(number)) for number in range(1, self._brokers + 1)]
        try:
            self._format()
            for node in self.nodes:
                self._launch(node)
            self._await_answer()
        except BaseException:
            self.stop()
            raise

    def kill(self, number: int = 1, how: signal.Signals = signal.SIGKILL) -> None:
        """End one node: SIGKILL as a power cut would, SIGTERM in an orderly way. Its disk stays."""
        child = self.nodes[number - 1].child
        if child is not None:
            child.signal(how)
            if child.wait(STOP_S) is None:
                raise BrokerError(f"Node {number} of Apache Kafka did not end within {STOP_S:.0f} s of {how.name}.")

    def revive(self, number: int = 1, *, wait: bool = True) -> None:
        """Start a killed node again on its disk and ports."""
        self._launch(self.nodes[number - 1])
        if wait:
            self._await_answer()

    def alive(self) -> bool:
        """Do all nodes run?"""
        return bool(self.nodes) and all(node.alive() for node in self.nodes)

    def stop(self) -> None:
        """End every node and remove the disks."""
        for node in self.nodes:
            if node.child is not None:
                # Its disk is removed next: there is nothing that an orderly end could save.
                node.child.stop(0, signal.SIGKILL)
        self.nodes = []
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _format(self) -> None:
        # Kafka's cluster id: 16 random bytes in base64 without padding.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        formatting = []
        for node in self.nodes:
            node.folder.mkdir()
            (node.folder / "server.properties").write_text(self._properties(node))
            words = ["format", f"--cluster-id={cluster}", "--config", str(node.folder / "server.properties")]
            words += self.secured.scram() if self.secured else []
            formatting.append(self._java(node, 128, "kafka.tools.StorageTool", *words))
        # All were started first: a JVM takes a second to come up, and three of them can do so together.
        for tool in formatting:
            if tool.wait(self._start_s) != 0:
                tool.stop(0, signal.SIGKILL)
                raise BrokerError(f"Kafka's storage tool failed. Its last words: {tool.last_words() or 'none'}")

    def _launch(self, node: Node) -> None:
        node.child = self._java(node, self._heap_mb, "kafka.Kafka", str(node.folder / "server.properties"))

    def tool(self, *words: str, heap_mb: int = 128) -> list[str]:
        """The command that runs a class of Kafka's jars.

        Raises:
            DependencyError: there is no Java.
        """
        java = shutil.which("java")
        if java is None:
            raise DependencyError("No java on PATH: install a runtime of Java 17 or newer.")
        return [java, f"-Xmx{heap_mb}m", *_JAVA, "-cp", f"{self._jars}/*", *words]

    def _java(self, node: Node, heap_mb: int, *words: str) -> Child:
        child = Child(self.tool(*words, heap_mb=heap_mb), node.folder / "log", folder=node.folder)
        child.start()
        return child

    def _await_answer(self) -> None:
        deadline = time.monotonic() + self._start_s
        # A port is open before its broker is registered, so every node must also stand in the cluster's description.
        while not all(port_is_busy(node.port) for node in self.nodes) or not in_own_loop(self._ready):
            dead = next((node for node in self.nodes if not node.alive()), None)
            if dead is not None or time.monotonic() > deadline:
                node = dead or self.nodes[0]
                why = "ended at once" if dead else f"did not answer within {self._start_s:.0f} s"
                raise BrokerError(f"Apache Kafka {why}. Its last words: {node.last_words()}")
            time.sleep(0.1)

    def _ready(self) -> bool:
        settings = self.secured.settings(self.bootstrap) if self.secured else plain_settings(self.bootstrap)
        return asyncio.run(_brokers_known(settings)) == len(self.nodes)

    def _properties(self, node: Node) -> str:
        voters = ",".join(f"{n.number}@{HOST}:{n.controller_port}" for n in self.nodes)
        lines: dict[str, object] = {
            "process.roles": "broker,controller",
            "node.id": node.number,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{node.address},CONTROLLER://{HOST}:{node.controller_port}",
            "advertised.listeners": f"PLAINTEXT://{node.address}",
            "log.dirs": node.folder / "data",
            "auto.create.topics.enable": "false",
            # One node of three may be away while `acks=all` still writes to two disks.
            "min.insync.replicas": max(1, self.replication - 1),
            "offsets.topic.replication.factor": self.replication,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": self.replication,
            "transaction.state.log.min.isr": max(1, self.replication - 1),
            "transaction.state.log.num.partitions": 2,
            # A test's group is there at once, and may notice a death sooner than 6 s.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # A killed broker that comes back is not taken for dead for longer than it was.
            "broker.session.timeout.ms": 6000,
            "num.network.threads": 2,
            "num.io.threads": 2,
            # The cleaner's default of 128 MB would be a third of the heap.
            "log.cleaner.dedupe.buffer.size": 4 * 1024 * 1024,
            "log.index.size.max.bytes": 1024 * 1024,
        }
        if self.secured:
            controller = f"{HOST}:{node.controller_port}"
            lines |= self.secured.properties(node.folder, node.address, node.tls_address, controller)
        return "".join(f"{name}={value}\n" for name, value in lines.items())


async def _brokers_known(settings: KafkaSettings) -> int:
    admin = make_admin(settings, request_timeout_ms=5000)
    try:
        await admin.start()
        return len((await admin.describe_cluster())["brokers"])
    except (KafkaError, OSError):
        return 0
    finally:
        await admin.close()


def main(
    brokers: Annotated[int, typer.Option(min=1, max=3, help="Nodes of the cluster.")] = 1,
    secured: Annotated[
        Path | None,
        typer.Option(help="With TLS, a user for each role and ACLs; certificates and passwords go into this folder."),
    ] = None,
) -> None:
    """Run an Apache Kafka on free ports of loopback until Ctrl-C; nothing of it stays but that folder."""
    folder = secured.resolve() if secured else None
    users = with_new_users(folder, (f"tonewatch-{role}" for role in ROLES)) if folder else None
    with ApacheKafka(brokers=brokers, secured=users) as kafka:
        shown = kafka.environment() | (_as_a_user(folder, "tonewatch-admin") if folder else {})
        for name, value in shown.items():
            typer.echo(f"export {name}={value}")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # SIGTERM too, by the line above: a supervisor's stop removes the disks like Ctrl-C does.
        with contextlib.suppress(KeyboardInterrupt):
            while kafka.alive():
                time.sleep(0.5)


def _as_a_user(folder: Path, user: str) -> dict[str, str]:
    return {
        "TONEWATCH_KAFKA_MECHANISM": "SCRAM-SHA-512",
        "TONEWATCH_KAFKA_CA_FILE": str(folder / "ca.pem"),
        "TONEWATCH_KAFKA_USER": user,
        "TONEWATCH_KAFKA_PASSWORD_FILE": str(folder / user),
    }


if __name__ == "__main__":
    typer.run(main)
