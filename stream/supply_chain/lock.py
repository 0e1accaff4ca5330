"""The locked packages: `requirements/*.txt` with their hashes, and the page's `package-lock.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tonewatch.stream.errors import DataError

Ecosystem = Literal["PyPI", "npm"]

_PIN = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True, order=True)
class Locked:
    """A package at a version. `sha256` of each file that may be installed; `licence` where the lock says it."""

    ecosystem: Ecosystem
    name: str
    version: str
    sha256: tuple[str, ...] = ()
    licence: str = ""

    @property
    def purl(self) -> str:
        """https://github.com/package-url/purl-spec"""
        kind = "pypi" if self.ecosystem == "PyPI" else "npm"
        return f"pkg:{kind}/{self.name.replace('@', '%40', 1)}@{self.version}"


def read_requirements(file: Path) -> list[Locked]:
    """Every pin of a file that `make lock` wrote.

    Raises:
        DataError: it cannot be read, pins nothing, or pins something without a hash.
    """
    found = []
    for entry in re.split(r"\n(?=[A-Za-z0-9])", _text(file)):
        if (pin := _PIN.match(entry)) is None:
            continue
        hashes = tuple(_HASH.findall(entry))
        if not hashes:
            raise DataError(f"{file} pins {pin[1]} without a hash: `make lock` writes it again.")
        found.append(Locked("PyPI", re.sub(r"[-_.]+", "-", pin[1]).lower(), pin[2], hashes))
    if not found:
        raise DataError(f"{file} pins nothing: it is no file of `make lock`.")
    return found


def read_package_lock(file: Path, *, dev: bool = True) -> list[Locked]:
    """Every package of npm; without `dev` those alone that end up in the page.

    Raises:
        DataError: it cannot be read, or is something else.
    """
    try:
        packages = json.loads(_text(file))["packages"].items()
        return [
            Locked("npm", path.rpartition("node_modules/")[2], said["version"], licence=said.get("license", ""))
            for path, said in packages
            if path and "version" in said and (dev or not said.get("dev"))
        ]
    except (KeyError, AttributeError, TypeError, json.JSONDecodeError) as error:
        raise DataError(f"{file} is no package-lock.json ({type(error).__name__}).") from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{file} cannot be read ({error.strerror}): run this in the sources.") from error
