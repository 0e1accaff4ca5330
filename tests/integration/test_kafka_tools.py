"""Kafka's own tools do what the pages of k8s/operations say, by a client certificate and with a role's rights only."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from tonewatch.stream import topics
from tonewatch.stream.kafka.acl_text import Grant, as_kafka_acls
from tonewatch.stream.kafka.clients import deliver, make_consumer, make_producer, start, stop
from tonewatch.stream.local.apache_kafka import ApacheKafka
from tonewatch.stream.local.certificates import Authority, Certificate
from tonewatch.stream.settings import KafkaSettings
from tonewatch.stream.topics import ALERTS

pytestmark = pytest.mark.integration

OPERATIONS = Path(__file__).parents[2] / "k8s" / "operations"
TOOL = "kafka-consumer-groups.sh"
GROUP = "tonewatch-archive"
PLACE = TopicPartition(ALERTS.name, 0)
WRITTEN = 5
MOVED_TO = {"archive_backup.md": 0, "rollback.md": WRITTEN, "lost_worker.md": 3}
"""Each page that moves a group, and where the one of this test must stand then."""


def command(page: str, kafka: ApacheKafka, config: Path) -> list[str]:
    """The one that a page names, with its blanks filled in."""
    (line,) = re.findall(rf"`({re.escape(TOOL)} [^`]+--execute)`", (OPERATIONS / page).read_text())
    blanks = {"HOST": kafka.nodes[0].tls_address, "GROUP": GROUP, "TOPIC:PARTITION": f"{ALERTS.name}:0", "NEXT": "3"}
    an_hour_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000")
    line = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+", an_hour_ago, line)
    words = [blanks.get(word, word) for word in shlex.split(line)[1:]]
    tool = kafka.tool("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", *words)
    return [*tool, "--command-config", str(config)]


@pytest.fixture(scope="module")
def archivist(
    secured_kafka: ApacheKafka, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Certificate:
    """Of the archive's user, who may what `tonewatch topics acl` prints for it."""
    assert secured_kafka.secured is not None
    config = secured_kafka.secured.client_properties(tmp_path_factory.mktemp("admin"))
    given = Grant(
        bootstrap=secured_kafka.bootstrap,
        command_config=str(config),
        principals={"archive": "User:CN=tonewatch-archive"},
    )
    for line in as_kafka_acls(given).splitlines():
        if "CN=tonewatch-archive" in line:
            words = shlex.split(line)[1:]
            subprocess.run(secured_kafka.tool("org.apache.kafka.tools.AclCommand", *words), check=True)
    return authority.issue("tonewatch-archive")


@pytest.fixture
def configured(archivist: Certificate, authority: Authority, tmp_path: Path) -> Path:
    """The file of settings that the page has between `<<END` and `END`."""
    text = (OPERATIONS / "kafka_tools.md").read_text()
    (body,) = re.findall(r"client\.properties <<END\n(.+?)\n +END\n", text, re.DOTALL)
    files = {"/etc/tonewatch/kafka-ca/ca.crt": authority.certificate, "/tmp/user.pem": archivist.both}
    for written, real in files.items():
        assert written in body
        body = body.replace(written, str(real))
    path = tmp_path / "client.properties"
    path.write_text("\n".join(line.strip() for line in body.splitlines()))
    return path


@pytest.mark.parametrize("page", MOVED_TO)
async def test_a_group_moves_to_where_the_page_says_by_the_rights_of_its_role(
    page: str, secured_kafka: ApacheKafka, authority: Authority, archivist: Certificate, configured: Path
) -> None:
    await write_and_commit(secured_kafka, authority, archivist)
    done = await asyncio.to_thread(
        subprocess.run, command(page, secured_kafka, configured), capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Error" in done.stdout) == (0, False), done.stdout + done.stderr
    consumer = make_consumer(settings(secured_kafka, authority, archivist), [], GROUP)
    await consumer.start()
    try:
        assert await consumer.committed(PLACE) == MOVED_TO[page]
    finally:
        await consumer.stop()


async def write_and_commit(kafka: ApacheKafka, authority: Authority, archivist: Certificate) -> None:
    """So many records in the topic, and the group after the first of them."""
    assert kafka.secured is not None
    admin = kafka.secured.settings(kafka.bootstrap).model_copy(update={"kafka_partitions": 1})
    if await topics.apply(admin):
        producer = make_producer(admin)
        await start(producer, admin)
        for _ in range(WRITTEN):
            await deliver(producer, ALERTS.name, b"{}", key=b"k")
        await stop(producer)
    consumer = make_consumer(settings(kafka, authority, archivist), [], GROUP)
    await consumer.start()
    consumer.assign([PLACE])
    await consumer.commit({PLACE: 1})
    await consumer.stop()


def settings(kafka: ApacheKafka, authority: Authority, certificate: Certificate) -> KafkaSettings:
    """Of a client with a certificate."""
    return KafkaSettings(
        kafka=kafka.nodes[0].tls_address,
        kafka_protocol="SSL",
        kafka_ca_file=str(authority.certificate),
        kafka_certificate_file=str(certificate.certificate),
        kafka_key_file=str(certificate.key),
    )
