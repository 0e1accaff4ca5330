"""Options that several simulators have in common, each written once: a command takes them as groups.

A group is a dataclass whose fields are options of Typer's; `with_groups` makes an option of each field.
"""

from __future__ import annotations

import functools
import inspect
import secrets
import ssl
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from tonewatch.stream.doors.line_trouble import LineTrouble
from tonewatch.stream.doors.replay import Plan, parse_roles, plan, read_about
from tonewatch.stream.doors.simulate.troubles import Troubles
from tonewatch.stream.errors import SettingsError

Files = Annotated[list[Path], typer.Argument(help="WAV, FLAC or OGG, any rate.")]
Url = Annotated[str, typer.Option(help="Of the door, with its path.")]
SignedUrl = Annotated[str, typer.Option(help="The address to sign, where a proxy stands before the door.")]
CaFile = Annotated[
    Path | None, typer.Option(help="The CA of the door's certificate, in PEM; else the system's are trusted.")
]
Speed = Annotated[float, typer.Option(min=0, help="1 is real time; 0 as fast as the door takes it.")]


@dataclass(frozen=True)
class Calls:
    """Which files, and what is said of them."""

    channels: Annotated[str | None, typer.Option(help="Who is on each channel, as for replay.")] = None
    notice_given: Annotated[bool, typer.Option("--notice-given", help="The caller was told of the analysis.")] = False
    about: Annotated[Path | None, typer.Option(help="JSON list of {file, title, queue, ...}, as for replay.")] = None
    suffix: Annotated[str | None, typer.Option(help="Call ids are <file name>-<suffix>; random if not given.")] = None

    def plans(self, files: Sequence[Path]) -> list[Plan]:
        """
        Raises:
            AudioFileError: a file cannot be played.
            SettingsError: the channels or the file of `about` are none.
        """
        roles, tail = parse_roles(self.channels), self.suffix or secrets.token_hex(3)
        known = read_about(self.about) if self.about else {}
        return [
            plan(file, roles=roles, about=known.get(file.name), notice_given=self.notice_given, suffix=tail)
            for file in files
        ]


@dataclass(frozen=True)
class Line:
    """What happens on any line."""

    jitter_ms: Annotated[int, typer.Option(min=0, help="What is sent is late by up to so many ms.")] = 0
    hold: Annotated[list[float] | None, typer.Option(help="At this second nothing is sent for --hold-s.")] = None
    hold_s: Annotated[float, typer.Option(min=0, help="How long a hold lasts.")] = 5.0
    seed: Annotated[int, typer.Option(help="The same seed is the same trouble.")] = 1


@dataclass(frozen=True)
class Breaks:
    break_at: Annotated[
        list[float] | None, typer.Option("--break", help="At this second the connection breaks and comes again.")
    ] = None


@dataclass(frozen=True)
class Beside:
    again: Annotated[
        list[float] | None, typer.Option(help="At this second another connection comes beside the first.")
    ] = None


@dataclass(frozen=True)
class Loss:
    """Of protocols that number what they send."""

    loss: Annotated[float, typer.Option(min=0, max=1, help="Share of frames that are lost.")] = 0.0
    twice: Annotated[float, typer.Option(min=0, max=1, help="Share of frames that are sent twice.")] = 0.0


def troubles(
    line: Line, breaks: Breaks = Breaks(), beside: Beside = Beside(), loss: Loss = Loss(), swap: float = 0.0
) -> Troubles:
    """Those of a websocket."""
    return Troubles(
        jitter_ms=line.jitter_ms,
        loss=loss.loss,
        swap=swap,
        twice=loss.twice,
        holds=_ms(line.hold),
        hold_ms=round(1_000 * line.hold_s),
        breaks=_ms(breaks.break_at),
        again=_ms(beside.again),
        seed=line.seed,
    )


def line_trouble(line: Line, breaks_at: Sequence[float] | None, loss: Loss = Loss()) -> LineTrouble:
    """Those of legs without a websocket."""
    holds_ms = tuple((begin_ms, begin_ms + round(1_000 * line.hold_s)) for begin_ms in _ms(line.hold))
    return LineTrouble(line.seed, line.jitter_ms, loss.loss, loss.twice, holds_ms, _ms(breaks_at))


def _ms(seconds: Sequence[float] | None) -> tuple[int, ...]:
    return tuple(round(1_000 * one) for one in seconds or ())


def words_of(file: Path | None, option: str, most: int) -> list[str]:
    """Of a file that holds a secret; none without a file.

    Raises:
        SettingsError: it cannot be read, or has no word or too many; nothing of it is quoted.
    """
    if file is None:
        return []
    try:
        words = file.read_text(encoding="utf-8").split()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{option} {file}: cannot be read.") from error
    if not 1 <= len(words) <= most:
        more = ", or KEY SECRET for audiohook and freeswitch" if most > 1 else ""
        raise SettingsError(f"{option} {file}: write SECRET{more}.")
    return words


def tls_of(ca_file: Path | None, *, encrypted: bool) -> ssl.SSLContext | None:
    """Without a file of CAs those of the system are trusted; a door without TLS needs none.

    Raises:
        SettingsError: the file is none.
    """
    if not encrypted and ca_file is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)
    except OSError as error:
        raise SettingsError(f"--ca-file {ca_file}: holds no certificate in PEM.") from error


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """The command with an option for each field of those parameters that are groups."""
    hints = get_type_hints(command, include_extras=True)
    groups = {name: kind for name, kind in hints.items() if isinstance(kind, type) and is_dataclass(kind)}

    @functools.wraps(command)
    def run(**given: Any) -> None:  # noqa: ANN401
        made = {name: kind(**{of.name: given.pop(of.name) for of in fields(kind)}) for name, kind in groups.items()}
        command(**given, **made)

    options: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        if name in groups:
            options += _options(groups[name])
        else:
            options.append(parameter.replace(annotation=hints[name], kind=inspect.Parameter.KEYWORD_ONLY))
    vars(run).pop("__wrapped__")
    vars(run)["__signature__"] = inspect.Signature(options)
    run.__annotations__ = {option.name: option.annotation for option in options}
    return run


def _options(group: type[Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            of.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if of.default is MISSING else of.default,
            annotation=hints[of.name],
        )
        for of in fields(group)
    ]
