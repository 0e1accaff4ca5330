"""The rights of all roles, written for those who grant them."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tonewatch.stream.access import APP_ID, CLUSTER, ROLES, Right, use_of

KAFKA_ACLS = "kafka-acls.sh"


@dataclass(frozen=True)
class Grant:
    """What was asked for: how principals are called, and for which roles.

    `principals` are those whose name is not the prefix and the role, by role: `User:CN=listen,O=Example`.
    """

    roles: tuple[str, ...] = tuple(ROLES)
    prefix: str = "tonewatch-"
    principals: Mapping[str, str] = field(default_factory=dict)
    app_id: str = APP_ID
    idempotent_write: bool = False
    bootstrap: str = "127.0.0.1:9092"
    command_config: str = "admin.properties"
    strimzi_cluster: str = "my-cluster"
    strimzi_version: str = "v1"
    strimzi_authentication: str = "scram-sha-512"

    def principal(self, role: str) -> str:
        """As Kafka's authorizer names it."""
        return self.principals.get(role) or f"User:{self.prefix}{role}"

    def rights(self, role: str) -> tuple[Right, ...]:
        return use_of(role, app_id=self.app_id).rights(idempotent_write=self.idempotent_write)


def as_json(grant: Grant) -> str:
    """A list of principals with their rights."""
    listed = [
        {
            "role": role,
            "principal": grant.principal(role),
            "rights": [
                {
                    "resource": right.resource,
                    "name": right.name,
                    "pattern": "literal",
                    "operations": list(right.operations),
                }
                for right in grant.rights(role)
            ],
        }
        for role in grant.roles
    ]
    return json.dumps(listed, indent=2)


def as_kafka_acls(grant: Grant) -> str:
    """Command lines for the tool that comes with Apache Kafka: one an operation and role."""
    return "\n".join(shlex.join(line) for role in grant.roles for line in _lines(grant, role))


def _lines(grant: Grant, role: str) -> list[list[str]]:
    operations = dict.fromkeys(operation for right in grant.rights(role) for operation in right.operations)
    start = [KAFKA_ACLS, "--bootstrap-server", grant.bootstrap, "--command-config", grant.command_config]
    start += ["--add", "--allow-principal", grant.principal(role)]
    return [
        [
            *start,
            "--operation",
            operation,
            *_flags(right for right in grant.rights(role) if operation in right.operations),
        ]
        for operation in operations
    ]


def _flags(rights: Iterable[Right]) -> list[str]:
    flags: list[str] = []
    for right in rights:
        flags += ["--cluster"] if right.name == CLUSTER else [f"--{right.resource}", right.name]
    return flags


def as_strimzi(grant: Grant) -> str:
    """A KafkaUser a role, for Strimzi's user operator."""
    return "".join(_kafka_user(grant, role) for role in grant.roles)


def _kafka_user(grant: Grant, role: str) -> str:
    acls = "".join(_strimzi_acl(right) for right in grant.rights(role))
    return f"""\
---
apiVersion: kafka.strimzi.io/{grant.strimzi_version}
kind: KafkaUser
metadata:
  name: {grant.prefix}{role}
  labels:
    strimzi.io/cluster: {grant.strimzi_cluster}
spec:
  authentication:
    type: {grant.strimzi_authentication}
  authorization:
    type: simple
    acls:
{acls}"""


def _strimzi_acl(right: Right) -> str:
    operations = ", ".join(right.operations)
    name = "" if right.resource == "cluster" else f", name: {right.name}, patternType: literal"
    return f"      - resource: {{type: {right.resource}{name}}}\n        operations: [{operations}]\n"


FORMATS: dict[str, Callable[[Grant], str]] = {"json": as_json, "kafka-acls": as_kafka_acls, "strimzi": as_strimzi}
"""By the name that `tonewatch topics acl --format` takes; `table` is drawn there."""
