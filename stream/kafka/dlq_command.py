"""`tonewatch dlq`: look at what could not be used, and send it back once the reason is gone."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import make_producer, start
from tonewatch.stream.kafka.dead_letters import DeadLetter, find_topic, letters, replay_letter, with_bytes
from tonewatch.stream.kafka.erased_marks import gone_calls, without_gone
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.settings import KafkaSettings, load
from tonewatch.stream.topics import CALLS, TOPICS, Topic

dlq = typer.Typer(help="Dead letters: records that could not be used.", no_args_is_help=True)
_out = Console(highlight=False)

TopicArgument = Annotated[str, typer.Argument(help="A topic, its dead-letter topic, or a part of the name: calls.")]
ReasonOption = Annotated[str | None, typer.Option(help="Only those with this reason.")]
OnlyOption = Annotated[list[str] | None, typer.Option(help="Only this one, as partition:offset; may be repeated.")]


@dlq.command("list")
def dlq_list(kafka: KafkaOption = None) -> None:
    """Count the dead letters by topic and reason."""
    settings = load(KafkaSettings, kafka=kafka)
    found = asyncio.run(_read(settings, TOPICS))
    if not found:
        _out.print("There are no dead letters.")
        return
    table = Table("topic", "reason", "letters", "newest")
    counts = Counter((letter.topic, letter.reason) for letter in found)
    for (topic, reason), count in sorted(counts.items()):
        newest = max(letter.at_ms for letter in found if (letter.topic, letter.reason) == (topic, reason))
        table.add_row(topic, reason, str(count), _time(newest))
    _out.print(table)


@dlq.command("show")
def dlq_show(
    topic: TopicArgument,
    reason: ReasonOption = None,
    only: OnlyOption = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    raw: Annotated[bool, typer.Option("--bytes", help="Show the original bytes too; they can hold words.")] = False,
    kafka: KafkaOption = None,
) -> None:
    """Show dead letters: why, where the record lay, its key and headers."""
    settings = load(KafkaSettings, kafka=kafka)
    found = _chosen(asyncio.run(_read(settings, [find_topic(topic)])), reason, only)
    for letter in sorted(found, key=lambda one: one.at_ms)[-limit:]:
        _out.print(Text(f"{letter.name}  {_time(letter.at_ms)}  {letter.reason}", style="bold"))
        _out.print(Text(f"  {letter.where}\n  {letter.error}"), soft_wrap=True)
        for name, value in letter.headers:
            _out.print(Text(f"  header {name}: {value!r}"), soft_wrap=True)
        if raw:
            _out.print(Text(f"  {letter.value!r}"), soft_wrap=True)


@dlq.command("replay")
def dlq_replay(
    topic: TopicArgument,
    reason: ReasonOption = None,
    only: OnlyOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Of deliveries: those too that were delivered since.")] = False,
    kafka: KafkaOption = None,
) -> None:
    """Send the original bytes to their topic again, with key and headers; the dead letters stay where they are.

    Of topics that hold what was derived of voices, or words, they are read in the topic itself, while they lie there.
    A record that was sent twice is counted once, and one that still cannot be used comes back as a new dead letter.
    Of deliveries, one that its receiver was told since is not told again, unless `--again` is said.
    Nothing is sent of a call that was erased, or whose notice was withdrawn.
    """
    settings = load(KafkaSettings, kafka=kafka)
    wanted = find_topic(topic)
    found = _chosen(asyncio.run(_read(settings, [wanted])), reason, only)
    whole = asyncio.run(telling_refusals(settings, _tellable(settings, found))) if found else []
    if gone := len(found) - len(whole):
        _out.print(f"{gone} records are of calls that were erased or whose notice was withdrawn: they are not sent.")
    found, sent, left_out = whole, len(whole), 0
    if not dry_run:
        sent, left_out = asyncio.run(telling_refusals(settings, _replay(settings, found, again)))
    _out.print(f"{sent} records {'would go' if dry_run else 'went'} to {wanted.name}.")
    if left_out:
        raise typer.Exit(1)


async def _read(settings: KafkaSettings, wanted: tuple[Topic, ...] | list[Topic]) -> list[DeadLetter]:
    return [letter async for letter in letters(settings, wanted)]


def _chosen(found: list[DeadLetter], reason: str | None, only: list[str] | None) -> list[DeadLetter]:
    # A mistyped number must not quietly replay fewer records than were asked for.
    unknown = set(only or ()) - {letter.name for letter in found}
    if unknown:
        raise SettingsError(f"--only {', '.join(sorted(unknown))}: there is no such dead letter in this topic.")
    return [one for one in found if reason in (None, one.reason) and (not only or one.name in only)]


async def _tellable(settings: KafkaSettings, found: list[DeadLetter]) -> list[DeadLetter]:
    """With their bytes, where they lie in their topics: of what was derived a letter alone does not name the call."""
    return without_gone(await with_bytes(settings, found), await gone_calls(settings))


async def _replay(settings: KafkaSettings, found: list[DeadLetter], again: bool) -> tuple[int, int]:
    """How many went, and how many could not."""
    producer = make_producer(settings, audio=any(letter.topic == CALLS.name for letter in found))
    await start(producer, settings)
    refused: list[SettingsError] = []
    try:
        for letter in found:
            try:
                await replay_letter(producer, letter, again=again)
            except SettingsError as error:
                # Told at the end, so that one letter without its bytes does not hold up the others.
                refused.append(error)
    finally:
        await producer.stop()
    for refusal in refused:
        _out.print(Text(str(refusal)), soft_wrap=True)
    return len(found) - len(refused), len(refused)


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
