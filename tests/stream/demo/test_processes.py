from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import psutil
import pytest

from tonewatch.stream.demo import processes
from tonewatch.stream.demo.processes import Addresses, DemoProcesses, role_environment
from tonewatch.stream.local.servers import port_is_busy
from tonewatch.stream.local.supervisor import Backoff, Supervisor

SERVERS = {"TONEWATCH_KAFKA": "127.0.0.1:1", "TONEWATCH_REDIS": "redis://127.0.0.1:2/0"}


def environment(given: dict[str, str]) -> dict[str, str]:
    return role_environment(given, SERVERS, folder=Path("demo"), port=9000, llm="none", verbose=False)


def test_roles_are_told_where_the_servers_are_and_keep_all_in_the_demo_s_folder() -> None:
    env = environment({"PATH": "/bin"})
    assert env["TONEWATCH_KAFKA"] == "127.0.0.1:1" and env["PATH"] == "/bin"
    assert env["TMPDIR"] == "demo"
    assert env["TONEWATCH_STORE"] == str(Path("demo") / "audio")
    assert env["TONEWATCH_DATABASE"] == f"sqlite:///{Path('demo') / 'archive.db'}"
    assert (env["TONEWATCH_DASHBOARD_PORT"], env["TONEWATCH_LLM"]) == ("9000", "none")


def test_an_archive_that_is_to_be_kept_lies_elsewhere_whatever_else_was_set(tmp_path: Path) -> None:
    given = {"TONEWATCH_STORE": "elsewhere"}
    env = role_environment(given, SERVERS, folder=Path("demo"), port=9000, llm="none", verbose=False, kept=tmp_path)
    assert env["TONEWATCH_STORE"] == str(tmp_path / "audio")
    assert env["TONEWATCH_DATABASE"] == f"sqlite:///{tmp_path / 'archive.db'}"
    assert (env["TMPDIR"], env["TONEWATCH_DASHBOARD_REVIEW"]) == ("demo", "1")


def test_what_the_user_set_wins_over_defaults_but_not_over_options() -> None:
    env = environment({"TONEWATCH_KAFKA_PARTITIONS": "16", "TONEWATCH_DASHBOARD_PORT": "1"})
    assert (env["TONEWATCH_KAFKA_PARTITIONS"], env["TONEWATCH_DASHBOARD_PORT"]) == ("16", "9000")


def test_it_is_told_where_the_broker_is_as_a_line_for_a_shell() -> None:
    env = environment({}) | {"TONEWATCH_KAFKA_IDEMPOTENT": "false"}
    assert Addresses("127.0.0.1:1", "", env).kafka_words == (
        "Kafka: 127.0.0.1:1 (export TONEWATCH_KAFKA=127.0.0.1:1 TONEWATCH_KAFKA_IDEMPOTENT=false)"
    )
    assert Addresses("127.0.0.1:1", "", environment({})).kafka_words.endswith("(export TONEWATCH_KAFKA=127.0.0.1:1)")


@pytest.mark.integration
async def test_a_closed_demo_leaves_no_server_and_no_folder() -> None:
    demo = DemoProcesses(on_failure=lambda _child, _what: None)
    demo.open_servers({}, port=9000, llm="none", verbose=False)
    await demo.apply_topics()
    servers = [(process.name, process.pid) for process in demo.processes() if process.pid]
    ports = [server.port for server in (demo.broker, demo.redis) if server]
    await demo.close()
    assert [name for name, _ in servers] == ["broker", "redis"]
    assert not any(psutil.pid_exists(pid) for _, pid in servers if pid)
    assert not any(map(port_is_busy, ports)) and not demo.folder.exists()


@pytest.mark.integration
async def test_servers_that_the_environment_names_are_not_started(broker: str, redis_url: str) -> None:
    demo = DemoProcesses(on_failure=lambda _child, _what: None)
    given = {"TONEWATCH_KAFKA": broker, "TONEWATCH_REDIS": redis_url}
    addresses = demo.open_servers(given, port=9000, llm="none", verbose=False)
    await demo.close()
    assert (addresses.kafka, addresses.redis, demo.broker, demo.redis) == (broker, redis_url, None, None)


@pytest.mark.integration
async def test_a_dead_broker_is_the_end_of_the_demo() -> None:
    demo = DemoProcesses(on_failure=lambda _child, _what: None)
    demo.open_servers({}, port=9000, llm="none", verbose=False)
    assert demo.broker is not None and demo.broker.pid is not None
    assert demo.lost() is None
    psutil.Process(demo.broker.pid).kill()
    while demo.broker.alive():
        await asyncio.sleep(0.01)
    lost = demo.lost()
    await demo.close()
    assert lost == "The embedded broker died."


async def test_a_role_that_never_comes_up_is_named_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        processes, "tonewatch", lambda *_: [sys.executable, "-c", "print('tonewatch: no weights'); exit(1)"]
    )
    failures: list[tuple[Supervisor, str]] = []
    demo = DemoProcesses(
        on_failure=lambda child, what: failures.append((child, what)), backoff=lambda: Backoff(first_s=0.0)
    )
    demo.logs.mkdir()
    demo.start_roles()
    for child in demo.children:
        await child.finished()
    lost = demo.lost()
    await demo.close()
    assert lost is not None and lost.startswith("tonewatch listen does not stay up.") and "no weights" in lost
    assert {child.name for child, what in failures if what == "given up"} == set(processes.ROLES)


async def test_killing_ends_a_child_that_ignores_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    monkeypatch.setattr(processes, "tonewatch", lambda *_: [sys.executable, "-c", deaf])
    monkeypatch.setattr(processes, "ROLES", ("listen",))
    demo = DemoProcesses(on_failure=lambda _child, _what: None)
    demo.logs.mkdir()
    demo.start_roles()
    (child,) = demo.children
    while child.last_words() != "deaf":
        await asyncio.sleep(0.02)
    demo.kill()
    monkeypatch.setattr(processes, "STOP_S", 30.0)
    await demo.close()
    assert child.returncode == -signal.SIGKILL
