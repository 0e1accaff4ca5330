"""`tonewatch demo`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tonewatch.stream.demo.checks import check_files, check_llm, check_port, made_folder
from tonewatch.stream.demo.show import Options, Show
from tonewatch.stream.demo.summary import Summary, render_summary
from tonewatch.stream.demo.truth import TRUTH_FILE, DemoCalls, default_folder, find_calls, own_calls
from tonewatch.stream.demo.view import LiveView, PlainView
from tonewatch.stream.doors.replay import parse_roles, plan
from tonewatch.stream.doors.replay_command import say_what_is_assumed, say_what_is_lost
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import LLM_ENGINES

SUMMARY_WIDTH = 140


def demo(
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End after so many seconds of calls, with a summary.")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Plain lines instead of a live picture.")] = False,
    calls: Annotated[
        list[Path] | None,
        typer.Option(help="Your own recordings, or folders of them; or a folder with a truth.json, which is judged."),
    ] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="More of --calls.", show_default=False)] = None,
    channels: Annotated[
        str, typer.Option(help="Who is on each channel of your recordings, as for replay: customer,agent.")
    ] = "",
    notice_given: Annotated[
        bool,
        typer.Option("--notice-given", help="Their callers were told that the tone of the call is analysed."),
    ] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the board listens on loopback.")] = 8321,
    speed: Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as Kafka takes it.")] = 1.0,
    llm: Annotated[str, typer.Option(help=f"Who writes the reasons: {', '.join(LLM_ENGINES)}.")] = "small",
    keep: Annotated[
        Path | None, typer.Option(help="Folder in which the archive of alerts and their audio stays after the end.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Also show what the processes log.")] = False,
) -> None:
    """Start everything on this machine, replay the demo calls or your own, and watch them on a live board."""
    check_llm(llm)
    check_port(port)
    weights = os.environ.get("TONEWATCH_WEIGHTS") or "full"
    check_files(weights)
    found = _calls([*(calls or ()), *(files or ())], channels, notice_given=notice_given)
    kept = made_folder(keep) if keep else None
    options = Options(found, port, speed, llm, verbose, seconds, kept)
    plain = headless or not sys.stdout.isatty()
    console = Console(width=SUMMARY_WIDTH) if not sys.stdout.isatty() else Console()
    what = "of your own recordings" if found.is_own else "synthetic calls"
    console.print(f"Tonewatch demo: {len(found.files)} {what}. The board: {options.address}", soft_wrap=True)
    console.print(f"Review its alerts: {options.address}review/", soft_wrap=True)
    if weights != "full":
        console.print(f"Weights: the {weights} set.")
    summary = asyncio.run(_run(options, console, plain=plain))
    console.print(render_summary(summary, judged=seconds is not None))
    if kept:
        console.print(f"The archive is kept in {kept}: archive.db, and the audio in audio/.", soft_wrap=True)
    if seconds is not None:
        raise typer.Exit(summary.exit_status)


def _calls(paths: list[Path], channels: str, *, notice_given: bool) -> DemoCalls:
    """The demo's own, those of a folder with a truth, or recordings that were looked at.

    Raises:
        AudioFileError: one of them cannot be replayed.
    """
    if not paths or (len(paths) == 1 and (paths[0] / TRUTH_FILE).is_file()):
        if channels or notice_given:
            raise SettingsError("--channels and --notice-given are for your own recordings: name them with --calls.")
        return find_calls(paths[0] if paths else default_folder())
    found = own_calls(paths, channels=channels, notice_given=notice_given)
    roles = parse_roles(channels)
    plans = [plan(path, roles=roles, about=None, notice_given=notice_given, suffix="demo") for path in found.files]
    say_what_is_assumed(plans, is_told=roles is not None)
    say_what_is_lost(plans)
    return found


async def _run(options: Options, console: Console, *, plain: bool) -> Summary:
    with (PlainView if plain else LiveView)(console, verbose=options.verbose) as view:
        return await Show(options, os.environ, view).run()
