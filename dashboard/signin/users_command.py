"""`tonewatch users`: local users of the board. Passwords are asked for, or come by standard input; never an option."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from tonewatch.dashboard.signin.passwords import Passwords, check_password
from tonewatch.dashboard.signin.person import LONGEST_NAME, ROLES, Role, is_name
from tonewatch.dashboard.signin.users_file import VARIABLE, User, Users, read_users, write_users
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import DashboardSettings, load

users = typer.Typer(help="Who may sign in to the board on this machine.", no_args_is_help=True)

File = Annotated[str | None, typer.Option("--file", help=f"The file of users ({VARIABLE}).")]
Name = Annotated[str, typer.Argument(help="As it stands beside what is done with an alert.")]


@users.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help=f"What the user may do: {', '.join(ROLES)}.")],
    queues: Annotated[str | None, typer.Option(help="Only calls of these queues, by commas; left out: all.")] = None,
    teams: Annotated[str | None, typer.Option(help="Only calls of these teams, by commas; left out: all.")] = None,
    password: Annotated[
        bool, typer.Option("--password/--no-password", help="Without one only a proxy can sign the user in.")
    ] = True,
    file: File = None,
) -> None:
    """Add a user, or give one another role, scope and password; open sessions of the user end."""
    path = _path(file)
    if not is_name(name):
        raise SettingsError(f"A name has 1 to {LONGEST_NAME} printable characters and no comma; {name!r} does not fit.")
    in_queues, in_teams = _names(queues, "--queues"), _names(teams, "--teams")
    made = User(role=_role(role), queues=in_queues, teams=in_teams, password=_hash() if password else "")
    known = read_users(path)
    write_users(path, Users(users={**known.users, name: made}))
    typer.echo(f"{name} ({made.role}) stands in {path}.")


@users.command()
def password(name: Name, file: File = None) -> None:
    """Give a user another password; open sessions of the user end."""
    path = _path(file)
    known = read_users(path)
    user = _known(known, name, path)
    write_users(path, Users(users={**known.users, name: msgspec.structs.replace(user, password=_hash())}))
    typer.echo(f"{name} has another password.")


@users.command()
def remove(name: Name, file: File = None) -> None:
    """Take a user away; open sessions of the user end."""
    path = _path(file)
    known = read_users(path)
    _known(known, name, path)
    write_users(path, Users(users={other: user for other, user in known.users.items() if other != name}))
    typer.echo(f"{name} is gone.")


@users.command("list")
def list_users(file: File = None) -> None:
    """Names, roles and scopes."""
    for name, user in sorted(read_users(_path(file)).users.items()):
        queues, teams = ",".join(user.queues) or "all queues", ",".join(user.teams) or "all teams"
        typer.echo(f"{name}\t{user.role}\t{queues}\t{teams}\t{'password' if user.password else 'by a proxy'}")


def _path(file: str | None) -> Path:
    found = load(DashboardSettings, dashboard_users=file).dashboard_users
    if not found:
        raise SettingsError(f"Name the file of users: --file PATH, or {VARIABLE}.")
    return Path(found)


def _known(known: Users, name: str, path: Path) -> User:
    if (user := known.users.get(name)) is None:
        raise SettingsError(f"{path} has no user {name}: `tonewatch users list` names them.")
    return user


def _role(text: str) -> Role:
    for role in ROLES:
        if role == text:
            return role
    raise SettingsError(f"--role {text}: choose from {', '.join(ROLES)}.")


def _names(text: str | None, option: str) -> tuple[str, ...]:
    found = tuple(sorted({part.strip() for part in (text or "").split(",")} - {""}))
    if text is not None and not found:  # a variable of a script that was empty must not open everything
        raise SettingsError(f"{option} names none: leave it out for all.")
    return found


def _hash() -> str:
    if not sys.stdin.isatty():
        return Passwords().hash(sys.stdin.readline().rstrip("\r\n"))
    first = check_password(getpass.getpass("Password: "))
    if getpass.getpass("Once more: ") != first:
        raise SettingsError("The two passwords differ: nothing was changed.")
    return Passwords().hash(first)
