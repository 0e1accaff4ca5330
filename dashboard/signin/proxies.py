"""A proxy before the board that signs people in, or that at least tells from where they come."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import HTTPConnection

from tonewatch.dashboard.signin.person import Person, Role, is_name
from tonewatch.dashboard.signin.users_file import UsersFile
from tonewatch.stream.errors import SettingsError

SECRET_HEADER = "x-tonewatch-proxy-secret"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(text: str) -> tuple[Network, ...]:
    """Of the setting, by commas.

    Raises:
        SettingsError: one of them is no address and no network.
    """
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SettingsError(f"TONEWATCH_DASHBOARD_PROXIES: {error}.") from error


@dataclass(frozen=True)
class Proxies:
    """Who is trusted: by address, by a secret in a header, or by both where both are set."""

    networks: tuple[Network, ...] = ()
    secret: Callable[[], str] | None = None

    def sent(self, connection: HTTPConnection) -> bool:
        """Did it come through a trusted proxy?"""
        if not self.networks and self.secret is None:
            return False
        by_address = not self.networks or self.is_proxy(peer(connection))
        return by_address and (self.secret is None or self._knows(connection, self.secret()))

    def _knows(self, connection: HTTPConnection, secret: str) -> bool:
        given = connection.headers.getlist(SECRET_HEADER)
        return len(given) == 1 and hmac.compare_digest(given[0].encode(), secret.encode())

    def is_proxy(self, address: str) -> bool:
        """Is it the address of a trusted proxy? Never, where proxies are known by their secret alone."""
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self.networks)

    def client(self, connection: HTTPConnection) -> str:
        """Address of who asks: the last one in X-Forwarded-For that is no proxy of ours, where a proxy sent it."""
        address = peer(connection)
        if not self.sent(connection):
            return address
        named = ",".join(connection.headers.getlist("x-forwarded-for")).split(",")
        for hop in reversed([part.strip() for part in named if part.strip()]):
            address = hop
            if not self.is_proxy(hop):
                break
        return address


def peer(connection: HTTPConnection) -> str:
    """Address of the other end of the connection; '' where there is none (a Unix socket)."""
    return connection.client.host if connection.client else ""


@dataclass(frozen=True)
class ProxySignIn:
    """A proxy names the user in `header`; what the user may do stands in the file of users, else it is `role`."""

    proxies: Proxies
    header: str
    role: Role | None = None
    users: UsersFile | None = None

    def person(self, connection: HTTPConnection) -> Person | None:
        """Nobody where no trusted proxy sent it, or where the header is there twice: one of them is the browser's."""
        named = connection.headers.getlist(self.header)
        if len(named) != 1 or not is_name(named[0]) or not self.proxies.sent(connection):
            return None
        if self.users is not None and (user := self.users.user(named[0])) is not None:
            return user.person(named[0])
        return Person(named[0], self.role) if self.role else None
