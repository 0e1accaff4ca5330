"""`tonewatch topics`: create the Kafka topics, list them, and print the rights that each role needs on them."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tonewatch.stream import topics as topics_module
from tonewatch.stream.access import ROLES, TABLES
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.acl_text import FORMATS, Grant
from tonewatch.stream.settings import MonitorSettings, load
from tonewatch.stream.topics import TOPICS, changelog_topics, dead_letter_topics

topics = typer.Typer(help="The Kafka topics and their settings.", no_args_is_help=True)
_out = Console()
_err = Console(stderr=True)

KafkaOption = Annotated[str | None, typer.Option("--kafka", help="Bootstrap servers. [env: TONEWATCH_KAFKA]")]


@topics.command("apply")
def topics_apply(kafka: KafkaOption = None) -> None:
    """Create the topics that are missing; existing ones are left as they are."""
    settings = load(MonitorSettings, kafka=kafka)
    created = asyncio.run(
        topics_module.apply(settings, extra=changelog_topics(settings.app_id, TABLES), retry_for_s=2.0)
    )
    _out.print(f"{len(created)} topics created at {settings.kafka}." if created else "All topics are there.")
    for name in created:
        _out.print(f"  {name}")


@topics.command("acl")
def topics_acl(
    form: Annotated[str, typer.Option("--format", help="table, kafka-acls, strimzi or json.")] = "table",
    role: Annotated[list[str] | None, typer.Option(help=f"Only this one: {', '.join(ROLES)}; may be repeated.")] = None,
    principal_prefix: Annotated[str, typer.Option(help="Before the role in a user's name.")] = "tonewatch-",
    principal: Annotated[
        list[str] | None, typer.Option(help="ROLE=PRINCIPAL for one with another name: listen=User:CN=listen.")
    ] = None,
    idempotent_write: Annotated[
        bool, typer.Option("--idempotent-write", help="Add the right that brokers before 2.8 ask of a producer.")
    ] = False,
    command_config: Annotated[
        str, typer.Option(help="For kafka-acls: the properties of who grants.")
    ] = "admin.properties",
    strimzi_cluster: Annotated[str, typer.Option(help="For strimzi: the name of the Kafka resource.")] = "my-cluster",
    strimzi_version: Annotated[str, typer.Option(help="For strimzi: v1, or v1beta2 before 0.49.")] = "v1",
    strimzi_authentication: Annotated[str, typer.Option(help="For strimzi: scram-sha-512 or tls.")] = "scram-sha-512",
    kafka: KafkaOption = None,
) -> None:
    """Print the rights that each role's user needs in Kafka; nothing is asked of Kafka, and nothing changed."""
    settings = load(MonitorSettings, kafka=kafka)
    grant = Grant(
        roles=_chosen(role),
        prefix=principal_prefix,
        principals=_principals(principal),
        app_id=settings.app_id,
        idempotent_write=idempotent_write,
        bootstrap=settings.kafka,
        command_config=command_config,
        strimzi_cluster=strimzi_cluster,
        strimzi_version=strimzi_version,
        strimzi_authentication=strimzi_authentication,
    )
    if form == "table":
        _out.print(_rights_table(grant))
    elif form in FORMATS:
        typer.echo(FORMATS[form](grant))
    else:
        raise SettingsError(f"--format {form}: choose from table, {', '.join(sorted(FORMATS))}.")


def _chosen(roles: list[str] | None) -> tuple[str, ...]:
    if unknown := sorted(set(roles or ()) - set(ROLES)):
        raise SettingsError(f"--role {unknown[0]}: choose from {', '.join(ROLES)}.")
    return tuple(roles or ROLES)


def _principals(given: list[str] | None) -> dict[str, str]:
    # A distinguished name has more of these signs: only the first one parts.
    pairs = [text.partition("=") for text in given or ()]
    if wrong := next((role for role, _, name in pairs if role not in ROLES or ":" not in name), None):
        raise SettingsError(f"--principal {wrong}: write ROLE=User:NAME, with a role of {', '.join(ROLES)}.")
    return {role: name for role, _, name in pairs}


def _rights_table(grant: Grant) -> Table:
    table = Table()
    table.add_column("resource")
    # A name that is cut off is of no use to who grants the rights.
    table.add_column("name", no_wrap=True, min_width=36)
    table.add_column("operations")
    for role in grant.roles:
        table.add_section()
        table.add_row("[bold]user[/bold]", f"[bold]{escape(grant.principal(role))}[/bold]", f"[bold]{role}[/bold]")
        for right in grant.rights(role):
            table.add_row(right.resource, right.name, ", ".join(right.operations))
    return table


@topics.command("list")
def topics_list() -> None:
    """Show the topics, what they hold and how long they keep it."""
    table = Table("topic", "holds", "kept")
    for topic in (*TOPICS, *dead_letter_topics()):
        table.add_row(topic.name, topic.holds, f"{topic.retention_ms // topics_module.HOUR_MS} h")
    _out.print(table)
