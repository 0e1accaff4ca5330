"""`tonewatch demo`."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tonewatch.stream.demo.checks import check_files, check_llm, check_port
from tonewatch.stream.demo.show import Options, Show
from tonewatch.stream.demo.summary import Summary, render_summary
from tonewatch.stream.demo.truth import default_folder, find_calls
from tonewatch.stream.demo.view import LiveView, PlainView
from tonewatch.stream.settings import LLM_ENGINES

SUMMARY_WIDTH = 140


def demo(
    seconds: Annotated[
        float | None, typer.Option(min=1, help="End after so many seconds of calls, with a summary.")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Plain lines instead of a live picture.")] = False,
    calls: Annotated[Path | None, typer.Option(help="Folder of calls, with their truth.json if there is one.")] = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the board listens on loopback.")] = 8321,
    speed: Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as Kafka takes it.")] = 1.0,
    llm: Annotated[str, typer.Option(help=f"Who writes the reasons: {', '.join(LLM_ENGINES)}.")] = "small",
    verbose: Annotated[bool, typer.Option("--verbose", help="Also show what the processes log.")] = False,
) -> None:
    """Start everything on this machine, replay the demo calls, and watch them on a live board."""
    check_llm(llm)
    check_port(port)
    weights = os.environ.get("TONEWATCH_WEIGHTS") or "full"
    check_files(weights)
    found = find_calls(calls or default_folder())
    options = Options(found, port, speed, llm, verbose, seconds)
    plain = headless or not sys.stdout.isatty()
    console = Console(width=SUMMARY_WIDTH) if not sys.stdout.isatty() else Console()
    console.print(f"Tonewatch demo: {len(found.files)} synthetic calls. The board: {options.address}", soft_wrap=True)
    if weights != "full":
        console.print(f"Weights: the {weights} set.")
    summary = asyncio.run(_run(options, console, plain=plain))
    console.print(render_summary(summary, judged=seconds is not None))
    if seconds is not None:
        raise typer.Exit(summary.exit_status)


async def _run(options: Options, console: Console, *, plain: bool) -> Summary:
    with (PlainView if plain else LiveView)(console, verbose=options.verbose) as view:
        return await Show(options, os.environ, view).run()
