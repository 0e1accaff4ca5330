"""`tonewatch keys`: the master key made, the keys of calls counted, wrapped again, and looked for in the logs."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tonewatch.stream.call_keys.coverage import coverage
from tonewatch.stream.call_keys.key_index import KeyIndex
from tonewatch.stream.call_keys.key_topic import KeyTopic
from tonewatch.stream.call_keys.master_keys import new_master_key, read_master_keys
from tonewatch.stream.call_keys.rotation import rotate
from tonewatch.stream.call_keys.shredding import since
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.clients import start
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.settings import KafkaSettings, load

_out = Console(highlight=False)

keys = typer.Typer(no_args_is_help=True, help="The keys of calls, under which their records are sealed.")


@keys.command("make")
def keys_make(
    file: Annotated[Path, typer.Argument(help="Written for its owner alone; one that is there gets a further line.")],
) -> None:
    """Make a master key: into a new file, or as the last line of one, where all can open by it before it wraps."""
    if file.exists():
        read_master_keys(str(file))  # Nothing is added to what is no file of master keys.
    try:
        # Added, never written anew: what is lost of this file can be read by nobody any more.
        handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            os.fchmod(opened.fileno(), 0o600)
            opened.write(f"\n{new_master_key()}\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}).") from error
    _out.print(f"{file}: {', '.join(read_master_keys(str(file)).names)}; the first wraps. Keep a copy: without it")
    _out.print("nothing that was sealed can be read.")


@keys.command("list")
def keys_list(kafka: KafkaOption = None) -> None:
    """How many calls have keys, by which master keys these are wrapped, and how many calls were shredded."""
    settings = load(KafkaSettings, kafka=kafka)
    index = KeyIndex()
    _run(settings, _read(settings, index))
    _out.print(f"{len(index)} calls have keys, {index.shredded} were shredded.")
    for name, count in sorted(index.masters().items()):
        _out.print(f"master key {name} wraps {count}")


async def _read(settings: KafkaSettings, index: KeyIndex) -> None:
    topic = KeyTopic(settings, index)
    await start(topic, settings)
    await topic.stop()


@keys.command("rotate")
def keys_rotate(kafka: KafkaOption = None) -> None:
    """Wrap all keys of calls by the first line of TONEWATCH_MASTER_KEY_FILE; roles go on meanwhile."""
    settings = load(KafkaSettings, kafka=kafka)
    masters = read_master_keys(settings.master_key_file)
    done = _run(settings, rotate(settings, masters))
    _out.print(f"{done.rewrapped} keys are wrapped by {masters.current} now.")
    if done.overwritten:
        _out.print(f"{done.overwritten} keys of shredded calls, left by an erasure that was stopped, are overwritten.")
    for name, count in sorted(done.left.items()):
        _out.print(
            f"{count} keys are under {name}. Is it in the file, they came meanwhile, from a role that has the former "
            "file: restart it, and rotate again. Is it not, add it as a further line, or nobody of yours wrote them."
        )
    if done.left:
        raise typer.Exit(1)


@keys.command("check")
def keys_check(
    call_id: Annotated[str, typer.Argument(help="The call's id.")],
    kafka: KafkaOption = None,
) -> None:
    """Look through the logs: what of a call can be read, what cannot, what is in the clear; status 1 for the last."""
    settings = load(KafkaSettings, kafka=kafka)
    found = _run(settings, coverage(settings, call_id))
    if found.shredded_at_ms is None:
        _out.print(f"Call {call_id} was not shredded.")
    else:
        _out.print(f"Call {call_id} was shredded at {since(found.shredded_at_ms)}.")
    for name, one in sorted(found.topics.items()):
        _out.print(f"{name}: {one.unreadable} unreadable, {one.readable} sealed and readable, {one.clear} in the clear")
    if found.clear:
        raise typer.Exit(1)


def _run(settings: KafkaSettings, work: Any) -> Any:  # noqa: ANN401
    return asyncio.run(telling_refusals(settings, work))
