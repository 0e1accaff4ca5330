"""The topics as objects of Strimzi, the Kafka operator for Kubernetes: a file a topic, and the list that names them.

`python -m tonewatch.stream.kafka.strimzi_topics FOLDER` writes them again; with --shadow those of a shadow. Names of
objects are those of the topics, except for signs that Kubernetes does not take.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from tonewatch.stream.settings import MonitorSettings
from tonewatch.stream.shadow.shadow import Shadow
from tonewatch.stream.topics import TOPICS, Topic, changelog_topics, dead_letter_topics

NAMESPACE = CLUSTER = "tonewatch"
TABLES = ("calls",)


def live_topics() -> tuple[Topic, ...]:
    """All that the live roles need."""
    app_id = MonitorSettings.model_fields["app_id"].default
    return (*TOPICS, *dead_letter_topics(), *changelog_topics(app_id, TABLES))


def shadow_topics(shadow: Shadow) -> tuple[Topic, ...]:
    """All that a shadow's roles write."""
    app_id = shadow.group(MonitorSettings.model_fields["app_id"].default)
    return (*shadow.topics(), *changelog_topics(app_id, TABLES))


def object_name(topic: str) -> str:
    """Of the object that stands for a topic."""
    return topic.replace("_", "-")


def document(topic: Topic, *, partitions: int, replicas: int) -> str:
    """One topic as YAML."""
    config = "".join(f'    {name}: "{value}"\n' for name, value in topic.kafka_config().items())
    return (
        f"# {topic.holds}\n"
        "apiVersion: kafka.strimzi.io/v1\n"
        "kind: KafkaTopic\n"
        "metadata:\n"
        f"  name: {object_name(topic.name)}\n"
        f"  namespace: {NAMESPACE}\n"
        "  labels:\n"
        f"    strimzi.io/cluster: {CLUSTER}\n"
        "spec:\n"
        f"  topicName: {topic.name}\n"
        f"  partitions: {partitions}\n"
        f"  replicas: {replicas}\n"
        "  config:\n"
        f"{config}"
    )


def renew(folder: Path, topics: Iterable[Topic], *, partitions: int, replicas: int) -> None:
    """Write a file for each topic, and take away those of topics that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("*.yaml"):
        stale.unlink()
    names = []
    for topic in topics:
        names.append(f"{object_name(topic.name)}.yaml")
        (folder / names[-1]).write_text(document(topic, partitions=partitions, replicas=replicas), encoding="utf-8")
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n"
    (folder / "kustomization.yaml").write_text(head + "".join(f"  - {name}\n" for name in names), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the topics as objects of Strimzi.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shadow", default="")
    parser.add_argument("--partitions", type=int, default=24)
    parser.add_argument("--replicas", type=int, default=3)
    given = parser.parse_args()
    topics = shadow_topics(Shadow(given.shadow)) if given.shadow else live_topics()
    renew(given.folder, topics, partitions=given.partitions, replicas=given.replicas)


if __name__ == "__main__":
    main()
