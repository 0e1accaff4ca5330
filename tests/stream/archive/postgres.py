"""A PostgreSQL server of this machine's own programs, for the tests: in a folder, on a Unix socket, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy import text

from tonewatch.stream.archive.store import connect

DEBIAN = Path("/usr/lib/postgresql")


@dataclass
class PostgresServer:
    """`programs` holds initdb and pg_ctl; `folder` the files and the socket."""

    programs: Path
    # Not pytest's: the path of a Unix socket has 107 bytes at most, and another user must be able to go there.
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pg-")))

    @classmethod
    def found(cls) -> Self | None:
        """With the newest programs that are installed; None where there are none."""
        on_path = shutil.which("pg_ctl")
        folders = [*sorted(DEBIAN.glob("*/bin"), reverse=True), *([Path(on_path).parent] if on_path else [])]
        return cls(folders[0]) if folders else None

    def start(self) -> None:
        if self._user:
            owner = pwd.getpwnam(self._user)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self._run("initdb", "-D", str(self._data), "-A", "trust", "-U", "tonewatch", "--no-sync", "-E", "UTF8")
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._data), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self) -> str:
        """The URL of an empty one."""
        name = f"t{uuid.uuid4().hex}"
        engine = connect(self._url("postgres"))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as db:
            db.execute(text(f"CREATE DATABASE {name}"))
        engine.dispose()
        return self._url(name)

    def _url(self, name: str) -> str:
        return f"postgresql://tonewatch@/{name}?host={self.folder}"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    @property
    def _user(self) -> str | None:
        """PostgreSQL does not run as root."""
        return ("postgres" if _is_user("postgres") else "nobody") if os.geteuid() == 0 else None

    def _run(self, program: str, *words: str) -> None:
        command = [str(self.programs / program), *words]
        # No pipes: a server that stays would hold them open.
        with (self.folder / "said").open("ab") as said:
            done = subprocess.run(command, stdout=said, stderr=said, user=self._user, cwd=self.folder, check=False)
        assert done.returncode == 0, (self.folder / "said").read_text()


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
