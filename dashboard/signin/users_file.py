"""The file of local users, with hashes of passwords, roles and scopes: `tonewatch users` writes it."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from tonewatch.dashboard.signin.person import Person, Role, Scope, is_name
from tonewatch.stream.errors import SettingsError

_log = logging.getLogger(__name__)

VARIABLE = "TONEWATCH_DASHBOARD_USERS"


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One user. Without a `password` only a proxy can sign this one in."""

    role: Role
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    password: str = ""

    def person(self, name: str) -> Person:
        return Person(name, self.role, Scope(frozenset(self.queues), frozenset(self.teams)))

    @property
    def stamp(self) -> str:
        """Differs once anything of the user does: sessions that began before it are over."""
        return hashlib.blake2b(msgspec.json.encode(self), digest_size=9).hexdigest()


class Users(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file holds."""

    version: Annotated[int, Meta(ge=1, le=1)] = 1
    users: dict[str, User] = {}


def read_users(path: Path) -> Users:
    """Nobody where there is no file yet.

    Raises:
        SettingsError: it cannot be read, is none of ours, or others of this machine may read it.
    """
    try:
        mode = path.stat().st_mode
        if mode & 0o007:
            raise SettingsError(f"{VARIABLE}: {path} is open to every user of this machine: chmod o-rwx it.")
        found = msgspec.json.decode(path.read_bytes(), type=Users)
    except FileNotFoundError:
        return Users()
    except OSError as error:
        raise SettingsError(f"{VARIABLE}: {path} cannot be read ({error.strerror}).") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{VARIABLE}: {path} is no file of users ({error}); `tonewatch users` makes one."
        ) from error
    if unfit := [name for name in found.users if not is_name(name)]:
        raise SettingsError(f"{VARIABLE}: {path} has a name that cannot be one: {unfit[0]!r}.")
    return found


def write_users(path: Path, users: Users) -> None:
    """The whole file at once, for its owner alone.

    Raises:
        SettingsError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        number, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(number, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(users), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except OSError as error:
        raise SettingsError(f"{VARIABLE}: {path} cannot be written ({error.strerror}).") from error


class UsersFile:
    """Follows the file: read again when it changes; while it cannot be read, what it held before is gone on with."""

    def __init__(self, path: Path) -> None:
        """
        Raises:
            SettingsError: it cannot be read now.
        """
        self.path = path
        self._seen = self._told = self._mark()
        self._users = read_users(path)

    def __len__(self) -> int:
        return len(self._now().users)

    def user(self, name: str) -> User | None:
        return self._now().users.get(name)

    def _now(self) -> Users:
        if (mark := self._mark()) != self._seen:
            try:
                self._users = read_users(self.path)
                self._seen = mark
            except (
                SettingsError
            ):  # half way through a change, or one by hand that went wrong; the next look reads again
                self._tell(mark)
        return self._users

    def _tell(self, mark: tuple[int, int, int]) -> None:
        """Once a change: whom it was to keep out is let in until the file can be read."""
        if mark != self._told:
            self._told = mark
            _log.warning(
                "The file of users changed and cannot be read: who stood in it before can still sign in. `tonewatch "
                "users list` says what is wrong with it.",
                extra={"path": str(self.path)},
            )

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_mtime_ns, found.st_size, found.st_ino)
