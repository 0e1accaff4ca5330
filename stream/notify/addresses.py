"""To which addresses a message may go: public ones by https, and what the operator allows in the own network.

A name is looked at when it is resolved for a connection, so one that resolves to a public address first and to a
private one then (DNS rebinding) is refused all the same.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp import ThreadedResolver
from aiohttp.abc import ResolveResult

from tonewatch.stream.errors import TonewatchError


class AddressRefused(TonewatchError):
    """The receiver's name leads to an address of the own network, which its target does not allow."""


def is_public(address: str) -> bool:
    """No address of this machine, of a private network, of a link or of a group; of IPv6 those that hold such an IPv4
    address neither.
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found in ipaddress.ip_network("64:ff9b::/96"):
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found.is_global and not found.is_multicast


def why_not_an_address(url: str, *, private: bool) -> str:
    """What is wrong with a receiver's address; empty where nothing is that is seen without asking a name server."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "not an address"
    if parts.scheme not in ("https", "http") or not host:
        return "an address begins with https:// and has a host"
    if parts.username or parts.password:
        return "no user and password in an address: they would stand in logs of others"
    if parts.scheme == "http" and not private:
        return "http without TLS is for the own network: say `private_addresses: true`, or write https"
    if not private and _is_literal(host) and not is_public(host):
        return f"{host} is an address of the own network: say `private_addresses: true`"
    return ""


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class PublicResolver(ThreadedResolver):
    """Resolves names, and refuses addresses that are not public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """
        Raises:
            AddressRefused: every address of the name is refused.
        """
        found = await super().resolve(host, port, family)
        if not (public := [one for one in found if is_public(one["host"])]):
            raise AddressRefused(f"{host} leads into the own network: say `private_addresses: true` at its target.")
        return public


def check_host(host: str, port: int, *, private: bool) -> None:
    """As `PublicResolver`, for who connects by himself.

    Raises:
        AddressRefused: an address of the name is refused. OSError: the name is not known.
    """
    if private:
        return
    for *_rest, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        if not is_public(str(address[0])):
            raise AddressRefused(f"{host} leads into the own network: say `private_addresses: true` at its target.")
