"""Which topics and consumer groups each role uses, and how: the rights that its user needs in Kafka.

What a broker asks (Kafka's "Authorization and ACLs"): Read to fetch from a topic, and to be in a consumer group and
commit there; Write to produce; Create for a new topic. Describe comes with Read and Write. An idempotent producer needs
no right on the cluster since Kafka 2.8 (KIP-679), Write on a topic is enough; before, it is IdempotentWrite. No role
uses transactions, so none needs a transactional id.

`tests/integration/test_access.py` runs every role with these rights and no others, and lets each try what is not its
own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from tonewatch.stream.topics import (
    ALERT_ACTIONS,
    ALERTS,
    AUDIT,
    CALLERS,
    CALLS,
    CLOCKS,
    DELIVERIES,
    KEYS,
    MARKS,
    MOMENTS,
    RATIONALES,
    SEGMENTS,
    TONE,
    TOPICS,
    VERDICTS,
    Topic,
    changelog_topics,
    dead_letter_topics,
)

Resource = Literal["topic", "group", "cluster"]
Operation = Literal["Read", "Write", "Create", "Describe", "DescribeConfigs", "IdempotentWrite"]

CLUSTER = "kafka-cluster"
"""The one name that the resource of the cluster has."""

TABLES = ("calls",)
"""Tables of the monitor; each has a changelog, which `tonewatch topics apply` and the monitor create."""


@dataclass(frozen=True)
class Right:
    """One resource, by its literal name, and what may be done with it."""

    resource: Resource
    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True)
class Use:
    """What one role does: topics by name, and consumer groups."""

    about: str
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    creates: tuple[str, ...] = ()
    configs: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()

    def rights(self, *, idempotent_write: bool = False) -> tuple[Right, ...]:
        """As Kafka's authorizer knows them; `idempotent_write` for brokers before 2.8."""
        held: dict[str, list[Operation]] = {}
        uses: tuple[tuple[Operation, tuple[str, ...]], ...] = (
            ("Read", self.reads),
            ("Write", self.writes),
            ("Create", self.creates),
            ("Describe", self.creates),
            ("DescribeConfigs", self.configs),
        )
        for operation, names in uses:
            for name in names:
                held.setdefault(name, []).append(operation)
        topics = [Right("topic", name, tuple(operations)) for name, operations in sorted(held.items())]
        groups = [Right("group", name, ("Read",)) for name in self.groups]
        cluster = [Right("cluster", CLUSTER, ("IdempotentWrite",))] if idempotent_write and self.writes else []
        return (*topics, *groups, *cluster)


def _names(*topics: Topic) -> tuple[str, ...]:
    return tuple(topic.name for topic in topics)


def _letters(*topics: Topic) -> tuple[str, ...]:
    return tuple(topic.dlq for topic in topics)


def _changelogs(app_id: str) -> tuple[str, ...]:
    return _names(*changelog_topics(app_id, TABLES))


def _listen(_app_id: str) -> Use:
    return Use(
        "tonewatch listen",
        reads=_names(CALLS, CLOCKS, MARKS, KEYS),
        writes=(*_names(CLOCKS, MARKS, SEGMENTS, AUDIT, KEYS), *_letters(CALLS)),
        groups=("tonewatch-listen",),
    )


def _monitor(app_id: str) -> Use:
    judged = (SEGMENTS, RATIONALES, ALERT_ACTIONS)
    shown = (TONE, ALERTS, RATIONALES)
    return Use(
        "tonewatch monitor, with the sink into Redis",
        reads=tuple(
            dict.fromkeys(
                (*_names(*judged, CALLERS, *shown, KEYS), *_changelogs(app_id), *_names(*dead_letter_topics())),
            )
        ),
        writes=tuple(
            dict.fromkeys(
                (
                    *_names(TONE, ALERTS, MOMENTS, CALLERS, AUDIT, KEYS),
                    *_changelogs(app_id),
                    *_letters(*judged),
                    *_letters(*shown),
                )
            )
        ),
        groups=(app_id, "tonewatch-sink"),
    )


def _explain(_app_id: str) -> Use:
    return Use(
        "tonewatch explain",
        # Clocks and marks say of which calls nothing may be told any more.
        reads=_names(CLOCKS, MARKS, MOMENTS, KEYS),
        writes=(*_names(RATIONALES, AUDIT, KEYS), *_letters(MOMENTS)),
        groups=("tonewatch-explain",),
    )


def _archive(_app_id: str) -> Use:
    kept = (ALERTS, MOMENTS, RATIONALES, SEGMENTS, TONE, VERDICTS)
    return Use(
        "tonewatch archive; the calls for their audio",
        reads=_names(*kept, CALLS, AUDIT, KEYS),
        writes=(*_names(AUDIT), *_letters(*kept)),
        groups=("tonewatch-archive",),
    )


def _notify(_app_id: str) -> Use:
    return Use(
        "tonewatch notify; what people press in messages too",
        reads=_names(ALERTS, DELIVERIES, MARKS, KEYS),
        writes=(*_names(DELIVERIES, ALERT_ACTIONS, AUDIT, KEYS), *_letters(ALERTS, DELIVERIES)),
        groups=("tonewatch-notify",),
    )


def _dashboard(_app_id: str) -> Use:
    return Use(
        "tonewatch dashboard: what people do with alerts and say of them, and who looked",
        reads=_names(KEYS),
        writes=_names(ALERT_ACTIONS, VERDICTS, AUDIT, KEYS),
    )


def _replay(_app_id: str) -> Use:
    return Use("tonewatch replay, and whatever else writes calls", reads=_names(KEYS), writes=_names(CALLS, KEYS))


def _door(_app_id: str) -> Use:
    return Use("tonewatch door", reads=_names(KEYS), writes=(*_names(CALLS, AUDIT, KEYS), *_letters(CALLS)))


def _audit(_app_id: str) -> Use:
    return Use("tonewatch audit verify", reads=_names(AUDIT))


def _callers(_app_id: str) -> Use:
    return Use("tonewatch callers", reads=_names(CALLERS), writes=_names(CALLERS))


def _dlq(_app_id: str) -> Use:
    return Use(
        "tonewatch dlq",
        # A letter of what was derived holds none of it: what is sent again is read where it lies.
        # Marks, some in the clocks and the deliveries, say of which calls nothing may be.
        reads=_names(
            *dead_letter_topics(), CLOCKS, MARKS, DELIVERIES, KEYS, *(topic for topic in TOPICS if topic.derived)
        ),
        writes=(*(topic.name for topic in TOPICS if topic.dead_letters), KEYS.name),
    )


def _keys(_app_id: str) -> Use:
    return Use(
        "tonewatch keys list and rotate; keys check with the rights of erase",
        reads=_names(KEYS),
        writes=_names(KEYS),
    )


def _erase(app_id: str) -> Use:
    every = (*_names(*TOPICS, *dead_letter_topics()), *_changelogs(app_id))
    return Use(
        "tonewatch erase and export-person: all that is kept of a call",
        reads=every,
        writes=(*_names(CALLS, CLOCKS, MARKS, CALLERS, DELIVERIES, KEYS), *_changelogs(app_id)),
        configs=every,
    )


def _retention(app_id: str) -> Use:
    every = (*_names(*TOPICS, *dead_letter_topics()), *_changelogs(app_id))
    return Use("tonewatch retention: how long all of it is kept, which changes nothing", reads=every, configs=every)


def _admin(app_id: str) -> Use:
    return Use(
        "tonewatch topics apply",
        creates=(*_names(*TOPICS, *dead_letter_topics()), *_changelogs(app_id)),
    )


ROLES: dict[str, Callable[[str], Use]] = {
    "listen": _listen,
    "monitor": _monitor,
    "explain": _explain,
    "archive": _archive,
    "notify": _notify,
    "dashboard": _dashboard,
    "replay": _replay,
    "door": _door,
    "callers": _callers,
    "audit": _audit,
    "dlq": _dlq,
    "erase": _erase,
    "keys": _keys,
    "retention": _retention,
    "admin": _admin,
}
"""Each role's use, by the monitor's `app_id` (TONEWATCH_APP_ID)."""

APP_ID = "tonewatch-monitor"


def use_of(role: str, *, app_id: str = APP_ID) -> Use:
    """What a role does in Kafka."""
    return ROLES[role](app_id)


def topics_of(role: str, *, app_id: str = APP_ID) -> frozenset[str]:
    """The topics that a role reads or writes."""
    use = use_of(role, app_id=app_id)
    return frozenset((*use.reads, *use.writes))


def together(rights: Iterable[Right]) -> dict[tuple[Operation, ...], list[Right]]:
    """Rights with the same operations, in the order of the first of each."""
    found: dict[tuple[Operation, ...], list[Right]] = {}
    for right in rights:
        found.setdefault(right.operations, []).append(right)
    return found
