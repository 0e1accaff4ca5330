"""From where media without encryption may come: AudioSocket without TLS, and RTP."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from tonewatch.stream.errors import SettingsError

_OWN = ("127.0.0.0/8", "::1/128")


@dataclass(frozen=True)
class MediaNetworks:
    networks: tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]

    @classmethod
    def parse(cls, text: str) -> MediaNetworks:
        """Networks parted by commas; none: this machine alone.

        Raises:
            SettingsError: one is none, or is all of the internet.
        """
        try:
            networks = tuple(ipaddress.ip_network(word.strip()) for word in text.split(",") if word.strip())
        except ValueError as error:
            raise SettingsError(f"TONEWATCH_DOOR_MEDIA_NETWORKS: {error}; write 10.1.0.0/16,192.0.2.7.") from error
        if any(network.prefixlen == 0 for network in networks):
            raise SettingsError("TONEWATCH_DOOR_MEDIA_NETWORKS: media without encryption cannot come from everywhere.")
        return cls(networks or tuple(ipaddress.ip_network(own) for own in _OWN))

    def allows(self, host: str) -> bool:
        try:
            address = ipaddress.ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self.networks)
