"""Each role does its whole work with the rights that `tonewatch topics acl` prints, and nothing beyond them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, TopicAuthorizationFailedError
from pydantic import SecretStr

from tonewatch.dashboard.actions import KafkaActions
from tonewatch.stream import topics
from tonewatch.stream.access import ROLES, TABLES, use_of
from tonewatch.stream.errors import AccessRefused
from tonewatch.stream.kafka.acl_text import KAFKA_ACLS, Grant, as_kafka_acls
from tonewatch.stream.kafka.clients import deliver, make_admin, make_consumer, make_producer, start, stop
from tonewatch.stream.kafka.dead_letters import letters, replay_letter
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.servers import EmbeddedRedis
from tonewatch.stream.messages import AlertAction
from tonewatch.stream.monitor.callers import Callers, follow
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERTS, AUDIT, CALLERS, CALLS, DELIVERIES, dead_letter_topics

pytestmark = pytest.mark.integration

CALL = Path(__file__).parents[2] / "stream" / "demo" / "calls" / "billing_dispute.flac"
ALERT = Path(__file__).parents[1] / "stream" / "golden" / "alert.json"
TOPICS = sorted(use_of("admin").creates)
DENIED = TopicAuthorizationFailedError.errno
"""The code with which Kafka refuses what is asked of a topic."""

GROUPS = sorted({group for role in ROLES for group in use_of(role).groups})

Eventually = Callable[[Callable[[], bool], float], Awaitable[None]]


@pytest.fixture(scope="module")
def kafka(secured_kafka: ApacheKafka, tmp_path_factory: pytest.TempPathFactory) -> ApacheKafka:
    """With the rights of every role, granted by the lines that are printed for it, and with the topics."""
    assert secured_kafka.secured is not None
    config = secured_kafka.secured.client_properties(tmp_path_factory.mktemp("admin"))
    printed = as_kafka_acls(Grant(bootstrap=secured_kafka.bootstrap, command_config=str(config)))
    grant(secured_kafka, printed, tmp_path_factory.mktemp("grants"))
    created = asyncio.run(
        topics.apply(as_role(secured_kafka, "admin"), extra=topics.changelog_topics("tonewatch-monitor", TABLES))
    )
    assert sorted(created) == TOPICS
    return secured_kafka


ALL_LINES = """
class AllLines {
    public static void main(String[] file) throws Exception {
        for (String line : java.nio.file.Files.readAllLines(java.nio.file.Path.of(file[0])))
            org.apache.kafka.tools.AclCommand.main(line.split("\\t"));
    }
}
"""
"""Kafka's tool for each line of a file, in one JVM: one a line costs half a minute, most of it in coming up."""


def grant(kafka: ApacheKafka, printed: str, folder: Path) -> None:
    """What the printed lines do, by Kafka's own tool."""
    lines = [shlex.split(line) for line in printed.splitlines()]
    assert {line[0] for line in lines} == {KAFKA_ACLS}
    source, arguments = folder / "AllLines.java", folder / "lines"
    source.write_text(ALL_LINES)
    arguments.write_text("".join("\t".join(line[1:]) + "\n" for line in lines))
    if shutil.which("javac"):
        tools = [kafka.tool(str(source), str(arguments))]
    else:
        # A runtime without a compiler cannot start a source file.
        tools = [kafka.tool("org.apache.kafka.tools.AclCommand", *line[1:]) for line in lines]
    for tool in tools:
        done = subprocess.run(tool, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def environment(kafka: ApacheKafka, role: str) -> dict[str, str]:
    assert kafka.secured is not None
    return {
        "TONEWATCH_KAFKA": kafka.bootstrap,
        "TONEWATCH_KAFKA_PARTITIONS": "2",
        **kafka.secured.environment(f"tonewatch-{role}", f"pw-{role}"),
    }


def as_role(kafka: ApacheKafka, role: str) -> KafkaSettings:
    given = {name.removeprefix("TONEWATCH_").lower(): value for name, value in environment(kafka, role).items()}
    return KafkaSettings.model_validate(given)


class Role:
    """One role as a process, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process, self._log = process, log

    def must_live(self) -> None:
        assert self._process.returncode is None, self.last_words()

    def last_words(self) -> str:
        return self._log.read_text()[-3000:]


@contextlib.asynccontextmanager
async def running(kafka: ApacheKafka, role: str, folder: Path, **more: str) -> AsyncIterator[Role]:
    """A role, which must live until it is told to stop, and then end in order."""
    log = folder / f"{role}.log"
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "tonewatch.stream.cli", role),
            env={**os.environ, **environment(kafka, role), **WITHOUT_MODELS, **more},
            stderr=output,
        )
    started = Role(process, log)
    try:
        yield started
        started.must_live()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 60) == 0, started.last_words()


WITHOUT_MODELS = {"TONEWATCH_ASR": "false", "TONEWATCH_LLM": "none", "OMP_NUM_THREADS": "1"}


def rows(database: Path, query: str) -> list[tuple[str, ...]]:
    with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(database)) as db:
        return list(db.execute(query))
    return []


@contextlib.asynccontextmanager
async def all_roles(kafka: ApacheKafka, folder: Path, redis_url: str, database: Path) -> AsyncIterator[list[Role]]:
    """The four workers."""
    more = {
        "TONEWATCH_REDIS": redis_url,
        "TONEWATCH_DATABASE": f"sqlite:///{database}",
        "TONEWATCH_STORE": str(folder / "audio"),
    }
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(running(kafka, role, folder, **more))
            for role in ("listen", "monitor", "explain", "archive")
        ]


@pytest.fixture
def redis(timeout_factor: float) -> Iterator[str]:
    with EmbeddedRedis(start_s=30 * timeout_factor) as server:
        yield server.url


async def replayed(kafka: ApacheKafka) -> None:
    words = ("replay", str(CALL), "--channels", "customer,agent", "--notice-given", "--speed", "0")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tonewatch.stream.cli", *words),
        env={**os.environ, **environment(kafka, "replay")},
    )
    assert await process.wait() == 0


@pytest.mark.timeout(900)
async def test_a_call_goes_all_the_way_with_a_user_a_role(
    kafka: ApacheKafka, tmp_path: Path, redis: str, eventually: Eventually, timeout_factor: float
) -> None:
    database = tmp_path / "archive.db"
    async with all_roles(kafka, tmp_path, redis, database) as roles:

        def holds(query: str) -> bool:
            # One that has ended is told now, not when the time is over.
            for role in roles:
                role.must_live()
            return bool(rows(database, query))

        await replayed(kafka)
        # Listened to, judged, explained; and its audio read back out of the calls topic.
        for query in (
            "SELECT alert_id FROM alerts",
            "SELECT alert_id FROM rationales",
            "SELECT segment_id FROM audio WHERE path IS NOT NULL",
        ):
            await eventually(partial(holds, query), 240 * timeout_factor)
        ((alert_id, call_id),) = rows(database, "SELECT alert_id, call_id FROM alerts")[:1]
        actions = KafkaActions(as_role(kafka, "dashboard"))
        await actions.write(
            AlertAction(action_id="a1", call_id=call_id, alert_id=alert_id, action="acknowledge", by="someone")
        )
        await actions.aclose()
        acknowledged = "SELECT alert_id FROM alerts WHERE body LIKE '%someone%'"
        await eventually(partial(holds, acknowledged), 120 * timeout_factor)


async def test_what_cannot_be_read_is_found_and_sent_back_by_its_own_user(
    kafka: ApacheKafka, tmp_path: Path, timeout_factor: float
) -> None:
    writer = make_producer(as_role(kafka, "replay"))
    await start(writer, as_role(kafka, "replay"))
    # Of a call whose caller was told: of others no bytes are kept, and none could be sent back.
    told = {"type": "audio_chunk", "call_id": "k", "notice_given": True, "channel": "first"}
    await deliver(writer, CALLS.name, msgspec.msgpack.encode(told), key=b"k")
    await stop(writer)
    operator = as_role(kafka, "dlq")
    async with running(kafka, "listen", tmp_path) as listener, asyncio.timeout(120 * timeout_factor):
        while not (found := [letter async for letter in letters(operator, [CALLS])]):
            listener.must_live()
            await asyncio.sleep(0.2)
    producer = make_producer(operator)
    await start(producer, operator)
    await replay_letter(producer, found[0])
    await stop(producer)


async def test_an_alert_is_told_and_what_is_refused_is_a_dead_letter_by_its_own_user(
    kafka: ApacheKafka, tmp_path: Path, free_port: int, timeout_factor: float
) -> None:
    # A port on which nobody answers, and no second try: planned, tried, kept, buried.
    routes = tmp_path / "routes.yaml"
    hook = f"url: 'http://127.0.0.1:{free_port}', private_addresses: true, give_up_after_s: 1, secrets: [{{env: HOOK}}]"
    routes.write_text(f"version: 1\ntargets:\n  hook: {{kind: webhook, {hook}}}\nroutes:\n  all: {{to: [hook]}}\n")
    writer = make_producer(as_role(kafka, "monitor"))
    await start(writer, as_role(kafka, "monitor"))
    await deliver(writer, ALERTS.name, ALERT.read_bytes(), key=b"c-1")
    await stop(writer)
    operator, more = as_role(kafka, "dlq"), {"TONEWATCH_NOTIFY_ROUTES": str(routes), "HOOK": f"whsec_{'A' * 32}"}
    async with running(kafka, "notify", tmp_path, **more) as notifier, asyncio.timeout(120 * timeout_factor):
        while not (found := [letter async for letter in letters(operator, [DELIVERIES])]):
            notifier.must_live()
            await asyncio.sleep(0.2)
    assert {letter.reason for letter in found} == {"no_answer"}


async def test_what_is_kept_of_callers_is_read_and_taken_away_by_its_own_user(kafka: ApacheKafka) -> None:
    settings = as_role(kafka, "callers")
    known = asyncio.Event()
    following = asyncio.create_task(follow(settings, Callers(), known))
    await known.wait()
    following.cancel()
    producer = make_producer(settings)
    await start(producer, settings)
    await deliver(producer, CALLERS.name, None, key=b"somebody/call")
    await stop(producer)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_write_what_is_its_own_and_nothing_else(kafka: ApacheKafka, role: str) -> None:
    # Not idempotent: who may write nothing would be refused a number for its producer, before any topic is looked at.
    settings = as_role(kafka, role).model_copy(update={"kafka_idempotent": False})
    allowed = use_of(role).writes
    producer = make_producer(settings)
    await start(producer, settings)
    taken = [name for name in TOPICS if name not in allowed and await _takes(producer, name)]
    await stop(producer)
    assert taken == []


async def _takes(producer: object, topic: str) -> bool:
    try:
        await deliver(producer, topic, b"of somebody else", key=b"k")  # type: ignore[arg-type]
    except TopicAuthorizationFailedError:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_read_what_is_its_own_and_nothing_else(kafka: ApacheKafka, role: str) -> None:
    settings, allowed = as_role(kafka, role), use_of(role).reads
    given = await asyncio.gather(*(_reads(settings, name) for name in TOPICS if name not in allowed))
    assert [name for name in given if name] == []


async def _reads(settings: KafkaSettings, topic: str) -> str:
    """The topic's name where it can be read."""
    consumer = make_consumer(settings, [topic], None)
    try:
        await start(consumer, settings)
        async with asyncio.timeout(10):
            await consumer.getone()
    except (TopicAuthorizationFailedError, AccessRefused):
        return ""
    except TimeoutError:
        # Nothing came: a topic that we do not even see has no partitions for us.
        return topic if consumer.assignment() else ""
    finally:
        await stop(consumer)
    return topic


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_not_join_the_group_of_another(kafka: ApacheKafka, role: str) -> None:
    settings, own = as_role(kafka, role), use_of(role)
    topic = next(iter(own.reads), CALLS.name)
    for group in set(GROUPS) - set(own.groups):
        consumer = make_consumer(settings, [topic], group)
        try:
            with pytest.raises((GroupAuthorizationFailedError, TopicAuthorizationFailedError, AccessRefused)):
                await start(consumer, settings)
                await consumer.getone()
        finally:
            await stop(consumer)


@pytest.mark.parametrize("role", ROLES)
async def test_a_role_may_neither_delete_nor_cut_nor_alter_nor_enlarge_a_topic(kafka: ApacheKafka, role: str) -> None:
    """The audit's topic first: who may write to it may not take anything out of it again."""
    admin = make_admin(as_role(kafka, role))
    await start(admin, as_role(kafka, role))
    try:
        for name in (AUDIT.name, *sorted({*use_of(role).reads, *use_of(role).writes} - {AUDIT.name})[:2]):
            deleted = await admin.delete_topics([name])
            assert [code for _, code, *_ in deleted.topic_error_codes] == [DENIED], name
            with pytest.raises(TopicAuthorizationFailedError):
                await admin.create_partitions({name: NewPartitions(64)})
            with pytest.raises(KafkaError):
                await admin.delete_records({TopicPartition(name, 0): RecordsToDelete(before_offset=1)})
            resource = ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": "1"})
            (altered,) = await admin.alter_configs([resource])
            assert [code for code, *_ in altered.resources] == [DENIED], name
    finally:
        await admin.close()


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
async def test_a_role_may_not_make_topics(kafka: ApacheKafka, role: str) -> None:
    admin = make_admin(as_role(kafka, role))
    await start(admin, as_role(kafka, role))
    try:
        made = await admin.create_topics([NewTopic(f"made-by-{role}", 1, 1)])
        assert [code for _, code, *_ in made.topic_errors] == [DENIED]
    finally:
        await admin.close()


async def test_a_user_with_another_users_password_or_none_is_refused(kafka: ApacheKafka) -> None:
    settings = as_role(kafka, "dashboard")
    for wrong in (
        {"kafka_password": SecretStr("pw-monitor")},
        {"kafka_user": "tonewatch-monitor"},
        {"kafka_user": "root"},
    ):
        producer = make_producer(settings.model_copy(update=wrong))
        with pytest.raises(AccessRefused):
            await start(producer, settings.model_copy(update=wrong), retry_for_s=0.0)


async def test_topics_that_one_may_neither_see_nor_create_are_told_at_once(kafka: ApacheKafka) -> None:
    with pytest.raises(AccessRefused, match=r"does not show user tonewatch-explain tonewatch.calls.v1, nor let it"):
        await topics.apply(as_role(kafka, "explain"), needed=[CALLS.name])
    letters_of_all = [topic.name for topic in dead_letter_topics()]
    assert await topics.apply(as_role(kafka, "dlq"), needed=letters_of_all) == []
