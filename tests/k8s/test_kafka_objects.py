"""Topics, users and autoscalers are those of the code."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from tonewatch.stream.board.sink import GROUP as SINK_GROUP
from tonewatch.stream.kafka.strimzi_topics import live_topics, renew, shadow_topics
from tonewatch.stream.settings import ListenSettings, MonitorSettings
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.topics import TOPICS, Topic
from tonewatch.workers.explain.explainer import GROUP as EXPLAIN_GROUP
from tonewatch.workers.listen.listener import GROUP as LISTEN_GROUP

from .kustomize import Object
from .overlays import K8S, OVERLAYS, ROOT, environment, of_kind, pod_spec, role_containers, shared_settings

EACH = pytest.mark.parametrize("overlay", OVERLAYS)
CANDIDATE = Shadow("candidate")
LISTED = [
    (K8S / "base/kafka/topics", live_topics()),
    (K8S / "components/canary/topics", shadow_topics(CANDIDATE)),
]
MONITOR_GROUP = str(MonitorSettings.model_fields["app_id"].default)


@pytest.mark.parametrize(("folder", "topics"), LISTED, ids=["live", "shadow"])
def test_the_files_of_topics_are_what_make_generated_writes(
    folder: Path, topics: tuple[Topic, ...], tmp_path: Path
) -> None:
    renew(tmp_path, topics, partitions=24, replicas=3)
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert {path.name: path.read_text() for path in folder.iterdir()} == written, "run make generated"


@EACH
def test_each_topic_of_the_code_is_an_object_with_its_settings(overlay: str) -> None:
    found = {one["spec"]["topicName"]: one["spec"] for one in of_kind(overlay, "KafkaTopic").values()}
    wanted = [*live_topics(), *(shadow_topics(CANDIDATE) if overlay == "canary" else ())]
    assert found.keys() == {topic.name for topic in wanted}
    for topic in wanted:
        assert found[topic.name]["config"] == topic.kafka_config()


@EACH
def test_topics_and_roles_agree_on_partitions_and_copies_and_there_are_brokers_for_them(overlay: str) -> None:
    said = shared_settings(overlay)
    topics = [one["spec"] for one in of_kind(overlay, "KafkaTopic").values()]
    assert {topic["partitions"] for topic in topics} == {int(said["TONEWATCH_KAFKA_PARTITIONS"])}
    assert {topic["replicas"] for topic in topics} == {int(said["TONEWATCH_KAFKA_REPLICATION"])}
    config = of_kind(overlay, "Kafka")["tonewatch"]["spec"]["kafka"]["config"]
    brokers = of_kind(overlay, "KafkaNodePool")["broker"]["spec"]["replicas"]
    copies = int(said["TONEWATCH_KAFKA_REPLICATION"])
    assert config["min.insync.replicas"] <= copies <= brokers and (
        copies == 1 or config["min.insync.replicas"] < copies
    )


@EACH
def test_no_group_grows_beyond_the_partitions_of_its_topic(overlay: str) -> None:
    topics = {one["spec"]["topicName"]: one["spec"] for one in of_kind(overlay, "KafkaTopic").values()}
    for name, one in of_kind(overlay, "ScaledObject").items():
        (trigger,) = one["spec"]["triggers"]
        read = trigger["metadata"]
        group, topic = GROUPS[name]
        assert (read["consumerGroup"], read["topic"]) == (group, topic)
        assert one["spec"]["minReplicaCount"] <= one["spec"]["maxReplicaCount"] <= topics[topic]["partitions"]
        assert one["spec"]["fallback"]["replicas"] <= topics[topic]["partitions"]


GROUPS = {
    "listen": (LISTEN_GROUP, "tonewatch.calls.v1"),
    "monitor": (MONITOR_GROUP, "tonewatch.segments.v1"),
    "explain": (EXPLAIN_GROUP, "tonewatch.moments.v1"),
}


def test_an_autoscaler_says_how_many_there_are_and_nobody_else() -> None:
    for overlay in ("prod-cpu", "prod-gpu"):
        scaled = of_kind(overlay, "ScaledObject", "HorizontalPodAutoscaler")
        assert scaled.keys() == {"listen", "monitor", "explain", "dashboard"}
        for one in scaled.values():
            target = one["spec"]["scaleTargetRef"]
            assert "replicas" not in of_kind(overlay, target["kind"])[target["name"]]["spec"]


@EACH
def test_every_pod_that_speaks_to_kafka_has_a_user_of_its_own_in_the_cluster(overlay: str) -> None:
    users = of_kind(overlay, "KafkaUser")
    taken = []
    for one, container in role_containers(overlay).values():
        (volume,) = [v for v in pod_spec(one)["volumes"] if v["name"] == "kafka-user"]
        assert volume["secret"]["secretName"] in users
        taken.append(volume["secret"]["secretName"])
        files = environment(overlay, container)
        mounts = {m["name"]: m["mountPath"] for m in container["volumeMounts"]}
        assert files["TONEWATCH_KAFKA_CERTIFICATE_FILE"] == f"{mounts['kafka-user']}/user.crt"
        assert files["TONEWATCH_KAFKA_CA_FILE"] == f"{mounts['kafka-ca']}/ca.crt"
    assert len(taken) == len(set(taken))


def rights(user: Object) -> set[tuple[str, str, str, str]]:
    """Each right as type, name, pattern and operation."""
    return {
        (
            acl["resource"]["type"],
            acl["resource"].get("name", "*"),
            acl["resource"].get("patternType", "literal"),
            operation,
        )
        for acl in user["spec"]["authorization"]["acls"]
        for operation in acl["operations"]
    }


def test_a_shadow_may_write_to_no_live_topic() -> None:
    users = of_kind("canary", "KafkaUser")
    live = {topic.name for topic in live_topics()}
    for name in ("tonewatch-listen-candidate", "tonewatch-monitor-candidate", "tonewatch-compare"):
        written = {r[1] for r in rights(users[name]) if r[3] not in ("Read", "Describe")}
        assert not written & live
        assert all(r[2] == "literal" for r in rights(users[name]) if r[3] not in ("Describe",))
        assert written <= {topic.name for topic in shadow_topics(CANDIDATE)}


def test_the_agents_audio_and_the_callers_are_read_by_those_only_who_need_them() -> None:
    readers = {
        topic: {
            name
            for name, user in of_kind("prod-cpu", "KafkaUser").items()
            if ("topic", topic, "literal", "Read") in rights(user)
        }
        for topic in ("tonewatch.calls.v1", "tonewatch.callers.v1")
    }
    by_hand = {"tonewatch-erase", "tonewatch-retention"}
    assert readers["tonewatch.callers.v1"] == {"tonewatch-monitor", "tonewatch-callers", *by_hand}
    assert readers["tonewatch.calls.v1"] == {"tonewatch-listen", "tonewatch-archive", *by_hand}


def test_who_looks_how_long_all_is_kept_writes_nowhere() -> None:
    operations = {right[3] for right in rights(of_kind("retention", "KafkaUser")["tonewatch-retention"])}
    assert operations == {"Read", "DescribeConfigs"}
    (container,) = pod_spec(of_kind("retention", "CronJob")["retention"])["containers"]
    assert all(one["readOnly"] for one in container["volumeMounts"] if one["name"] != "tmp")


def test_the_users_are_what_the_command_prints() -> None:
    first, _, kept = (K8S / "base/kafka/users/users.yaml").read_text().partition("\n")
    arguments = first.removeprefix("# Printed by: tonewatch ").split()
    command = [sys.executable, "-P", "-m", "tonewatch.stream.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 2 and "acl" in done.stderr:
        pytest.skip("this release has no command `topics acl`")
    assert done.returncode == 0, done.stderr
    assert kept == done.stdout, f"write the file again: `tonewatch {' '.join(arguments)}`"


@EACH
def test_kafka_is_the_version_that_is_tested(overlay: str) -> None:
    pom = ET.parse(ROOT / "tests" / "kafka" / "pom.xml")
    version = pom.find(".//{http://maven.apache.org/POM/4.0.0}kafka.version")
    assert version is not None
    assert of_kind(overlay, "Kafka")["tonewatch"]["spec"]["kafka"]["version"] == version.text


def test_a_session_outlives_a_restart_and_is_within_what_brokers_take() -> None:
    value = int(shared_settings("prod-cpu")["TONEWATCH_KAFKA_SESSION_TIMEOUT_MS"])
    grace: list[Any] = [
        pod_spec(one)["terminationGracePeriodSeconds"] for one, _ in role_containers("prod-cpu").values()
    ]
    assert ListenSettings(kafka_session_timeout_ms=value).kafka_session_timeout_ms == value
    assert 6_000 <= value <= 1_800_000 and max(grace) >= 25
    assert SINK_GROUP != MONITOR_GROUP and {t.name for t in TOPICS} >= {topic for _, topic in GROUPS.values()}
