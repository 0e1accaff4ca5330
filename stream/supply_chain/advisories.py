"""Known vulnerabilities of what is locked, asked of an OSV server (https://google.github.io/osv.dev/api/).

An answer that did not come is no good news: whatever could not be asked is an error of its own, never a pass.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tonewatch.stream.errors import TonewatchError
from tonewatch.stream.supply_chain.lock import Locked

SERVER: Final = "https://api.osv.dev"
AT_ONCE: Final = 500
"""Packages of one question; the server takes 1,000."""

LONGEST_ANSWER: Final = 32 * 1_048_576
TIMEOUT_S: Final = 30.0


class NotChecked(TonewatchError):
    """Nobody could say whether what is locked is known to be vulnerable."""

    exit_status = 2


@dataclass(frozen=True)
class Advisory:
    """A package with the ids of what is known against it."""

    package: Locked
    ids: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.package.name} {self.package.version} ({self.package.ecosystem}): {', '.join(self.ids)}"


def advisories(packages: Iterable[Locked], server: str = SERVER, *, timeout_s: float = TIMEOUT_S) -> list[Advisory]:
    """Those of the packages that something is known against.

    Raises:
        NotChecked: there is nothing to ask about, the server does not answer, or answers for less than was asked.
    """
    asked = sorted(set(packages))
    if not asked:
        raise NotChecked("No package to ask about: nothing was checked.")
    found = []
    for begin in range(0, len(asked), AT_ONCE):
        some = asked[begin : begin + AT_ONCE]
        found += _told(some, _ask(server, some, timeout_s))
    return found


def _ask(server: str, packages: Sequence[Locked], timeout_s: float) -> object:
    queries = [{"package": {"name": p.name, "ecosystem": p.ecosystem}, "version": p.version} for p in packages]
    request = urllib.request.Request(
        f"{server.rstrip('/')}/v1/querybatch",
        json.dumps({"queries": queries}).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.loads(answer.read(LONGEST_ANSWER))
    except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError) as error:
        raise NotChecked(
            f"{server} gave no answer ({type(error).__name__}): nothing was checked. Try again with a network, or name "
            "a mirror with --server."
        ) from error


def _told(packages: Sequence[Locked], answer: Any) -> list[Advisory]:  # noqa: ANN401
    results = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(results, list) or len(results) != len(packages):
        raise NotChecked("The server answered for other packages than it was asked about: nothing was checked.")
    found = []
    for package, result in zip(packages, results, strict=True):
        if not isinstance(result, dict):
            raise NotChecked(f"The server's answer about {package.name} cannot be read: it was not checked.")
        ids = tuple(sorted(str(one["id"]) for one in result.get("vulns") or ()))
        # A second page of ids would say more of the same package, never that there is nothing.
        if ids:
            found.append(Advisory(package, ids))
    return found
