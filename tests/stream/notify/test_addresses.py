"""No message leads into the own network unless the operator says so."""

from __future__ import annotations

import socket

import pytest

from tonewatch.stream.notify.addresses import AddressRefused, PublicResolver, check_host, is_public, why_not_an_address


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "192.168.0.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::1",
    ],
)
def test_addresses_of_the_own_network_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_of_the_world_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "private", "why"),
    [
        ("https://hooks.example/x", False, ""),
        ("http://hooks.example/x", False, "http without TLS"),
        ("http://10.0.0.1/x", True, ""),
        ("https://10.0.0.1/x", False, "own network"),
        ("https://[::1]/x", False, "own network"),
        ("https://user:pw@hooks.example/", False, "no user and password"),
        ("file:///etc/passwd", True, "https://"),
        ("https://", False, "https://"),
        ("https://[x", False, "not an address"),
        ("https://a:99999/", False, "not an address"),
    ],
)
def test_an_address_is_looked_at_before_anybody_is_asked(url: str, private: bool, why: str) -> None:
    found = why_not_an_address(url, private=private)
    assert why in found and bool(found) == bool(why)


async def test_a_name_that_leads_into_the_own_network_is_refused_when_it_is_resolved() -> None:
    with pytest.raises(AddressRefused, match="private_addresses"):
        await PublicResolver().resolve("localhost", 443, socket.AF_INET)


def test_so_is_the_host_of_a_mail_server(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AddressRefused):
        check_host("localhost", 25, private=False)
    check_host("localhost", 25, private=True)
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.1.1.1", 25))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: public)
    check_host("mail.example", 25, private=False)
