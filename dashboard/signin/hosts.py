"""By which names the board may be asked, and from which pages: by rebinding a name, others reach any server."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

LOOPBACK = ("localhost", "127.0.0.1", "::1")

ANY_ADDRESS = ("", "0.0.0.0", "::")


# A name or address and a port, and nothing else of an address: `evil.example@localhost` is no host.
_HOST = re.compile(r"([\w.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", re.ASCII | re.IGNORECASE)


def host_name(host: str) -> str:
    """Of a Host header, without its port, in small letters; '' where it is none."""
    try:
        return (urlsplit(f"//{host}").hostname or "") if _HOST.fullmatch(host) else ""
    except ValueError:
        return ""


def is_loopback(name: str) -> bool:
    """Is this the machine itself, by name or address?"""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


class Hosts:
    """The names that are answered; loopback's are always among them."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {host_name(name) or name for name in (*LOOPBACK, *names)}

    def admits(self, headers: Headers) -> bool:
        """Exactly one Host, and one of ours."""
        found = headers.getlist("host")
        return len(found) == 1 and host_name(found[0]) in self._names


def allowed_hosts(configured: str, listens_on: str) -> Sequence[str]:
    """Of the setting, by commas; without it the address that is listened on, where it is one."""
    names = [part.strip().lower() for part in configured.split(",") if part.strip()]
    return names or ([] if listens_on in ANY_ADDRESS else [listens_on])


def is_same_host(origin: str | None, host: str | None) -> bool:
    """May a page of `origin` read the board? Only one of this host; clients that are no browsers send no origin."""
    if origin is None:
        return True
    try:
        return host is not None and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False


def is_from_here(headers: Headers) -> bool:
    """Does a request that writes come from a page of ours? Browsers say so in Origin, or in Sec-Fetch-Site."""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "same-origin"
    return len(headers.getlist("origin")) == 1 and is_same_host(origin, headers.get("host"))
