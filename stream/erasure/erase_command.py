"""`tonewatch erase` and `tonewatch export-person`: what a person asks for whose call was analysed."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from tonewatch.stream.caller_keys import CallerKeys, read_secret
from tonewatch.stream.erasure import person_export
from tonewatch.stream.erasure.erasure import erase as erase_call
from tonewatch.stream.erasure.receipt import Receipt, read_key, sign, text, verify
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.kafka.refusals import telling_refusals
from tonewatch.stream.kafka.topics_command import KafkaOption
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.service.metrics import release
from tonewatch.stream.settings import EraseSettings, load

_out = Console(highlight=False)

KEY, KEY_FILE = "TONEWATCH_ERASE_KEY", "TONEWATCH_ERASE_KEY_FILE"

OutOption = Annotated[Path | None, typer.Option(help="Write it here, readable by its owner alone; else it is printed.")]
AudioOption = Annotated[bool, typer.Option("--audio", help="With the audio, in base64.")]


def erase(
    call_id: Annotated[str, typer.Argument(help="The call's id.")] = "",
    export: Annotated[
        Path | None, typer.Option("--export", help="Before, write all that is kept of the call into this file.")
    ] = None,
    receipt: Annotated[Path | None, typer.Option(help="Write the signed receipt here; else it is printed.")] = None,
    check: Annotated[Path | None, typer.Option("--verify", help="Erase nothing: check this receipt.")] = None,
    kafka: KafkaOption = None,
) -> None:
    """Take a call out of Redis, of the archive, of callers' memory and, as far as logs can forget, of Kafka."""
    settings = load(EraseSettings, kafka=kafka)
    key = _key(settings)
    if check is not None:
        try:
            signed = check.read_bytes()
        except OSError as error:
            raise SettingsError(
                f"--verify {check}: cannot be read ({error.strerror}); name a receipt's file."
            ) from error
        found = verify(signed, key)
        _out.print(f"Signed with the key {found.key_id}: call {found.call_id}, {len(found.removed)} places.")
        return
    if not call_id:
        raise SettingsError("Which call? Give its id, or --verify with a receipt.")
    if export is not None:
        write_private(export, person_export.text(_run(settings, person_export.export(settings, call_id, audio=True))))
    erased = _run(settings, erase_call(settings, call_id, lambda: time.time_ns() // 1_000_000))
    _hand_over(sign(msgspec.structs.replace(erased, release=release()), key), receipt)


def _hand_over(receipt: Receipt, file: Path | None) -> None:
    if file is None:
        typer.echo(text(receipt), nl=False)
    else:
        write_private(file, text(receipt))
    for why in receipt.failed:
        typer.echo(f"tonewatch: {why}", err=True)
    if receipt.failed:
        typer.echo("tonewatch: not everything was erased: run it again when what is named answers.", err=True)
        raise typer.Exit(1)


def export_person(
    call_id: Annotated[str, typer.Argument(help="The call's id.")] = "",
    caller: Annotated[
        str,
        typer.Option(help="Instead of a call: the caller's id as the calls give it; all calls that are known of it."),
    ] = "",
    out: OutOption = None,
    audio: AudioOption = False,
    kafka: KafkaOption = None,
) -> None:
    """All that is kept of one call, or of the known calls of one caller, as one JSON object."""
    if bool(call_id) == bool(caller):
        raise SettingsError("Give either a call's id or --caller.")
    settings = load(EraseSettings, kafka=kafka)
    exported = _run(settings, _exported(settings, call_id, caller, audio=audio))
    if out is None:
        typer.echo(person_export.text(exported), nl=False)
    else:
        write_private(out, person_export.text(exported))


async def _exported(settings: EraseSettings, call_id: str, caller: str, *, audio: bool) -> Any:  # noqa: ANN401
    if call_id:
        return await person_export.export(settings, call_id, audio=audio)
    secret = read_secret(settings.caller_secret.get_secret_value(), settings.caller_secret_file)
    if not secret:
        raise SettingsError("TONEWATCH_CALLER_SECRET is not set: without it no caller is known, and none can be found.")
    known = await person_export.calls_of(settings, CallerKeys(secret)(caller))
    return {"calls": [await person_export.export(settings, one, audio=audio) for one in known]}


def write_private(file: Path, content: str) -> None:
    """For its owner alone, and never through a symbolic link.

    Raises:
        SettingsError: the file cannot be written.
    """
    try:
        handle = os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            os.fchmod(opened.fileno(), 0o600)
            opened.write(content)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}).") from error


def _key(settings: EraseSettings) -> bytes:
    if settings.erase_key_file:
        return read_key(read_secret_file(settings.erase_key_file, KEY_FILE), KEY_FILE)
    return read_key(settings.erase_key.get_secret_value(), KEY)


def _run(settings: EraseSettings, work: Any) -> Any:  # noqa: ANN401
    return asyncio.run(telling_refusals(settings, work))
