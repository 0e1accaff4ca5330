import pytest

from tonewatch.stream.doors.media_networks import MediaNetworks
from tonewatch.stream.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "host", "allowed"),
    [
        ("", "127.0.0.1", True),
        ("", "::1", True),
        ("", "10.0.0.1", False),
        ("10.1.0.0/16, 192.0.2.7", "10.1.200.3", True),
        ("10.1.0.0/16, 192.0.2.7", "192.0.2.7", True),
        ("10.1.0.0/16, 192.0.2.7", "127.0.0.1", False),
        ("10.1.0.0/16", "::ffff:10.1.0.9", True),
        ("fe80::/10", "fe80::1%eth0", True),
        ("10.1.0.0/16", "no address", False),
    ],
)
def test_media_may_come_from(text: str, host: str, allowed: bool) -> None:
    assert MediaNetworks.parse(text).allows(host) is allowed


@pytest.mark.parametrize("text", ["10.1.0.0/33", "here", "10.1.2.3/16", "0.0.0.0/0", "::/0"])
def test_what_is_no_network_or_all_of_them_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_DOOR_MEDIA_NETWORKS"):
        MediaNetworks.parse(text)
