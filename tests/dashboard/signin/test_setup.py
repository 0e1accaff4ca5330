"""A board on which nobody, or everybody, could sign in does not start."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tonewatch.dashboard.signin.setup import make_sign_in
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.settings import DashboardSettings, load


def settings(**given: Any) -> DashboardSettings:
    return load(DashboardSettings, **{f"dashboard_{name}": value for name, value in given.items()})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Nobody could sign in"),
        ({"demo": True, "host": "0.0.0.0"}, "loopback only"),
        ({"demo": True, "host": "192.0.2.7"}, "loopback only"),
        ({"user_header": "x-user", "proxy_role": "qa"}, "believed from anybody"),
        ({"user_header": "x-user", "proxies": "10.0.0.0/8"}, "needs roles"),
        ({"user_header": "x-user", "proxies": "10.0.0.1/8", "proxy_role": "qa"}, "PROXIES: .*host bits"),
        ({"user_header": "x-user", "proxy_secret": "short", "proxy_role": "qa"}, "32 are needed"),
        ({"user_header": "x-user", "proxy_secret": "p" * 32, "proxy_role": "qa", "demo": True}, "exclude each other"),
        ({"demo": True, "hosts": "localhost, board.example"}, "other machines"),
        ({"demo": True, "public_url": "https://board.example"}, "other machines"),
        ({"demo": True, "proxies": "127.0.0.1"}, "other machines"),
        ({"demo": True, "session_secret": "short"}, "openssl rand"),
        ({"demo": True, "session_secret_file": "/nowhere/secret"}, "SESSION_SECRET_FILE"),
    ],
)
def test_what_would_let_in_nobody_or_everybody_is_refused_with_what_to_do(given: dict[str, Any], why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        make_sign_in(settings(**given))


def test_each_way_to_sign_in_is_enough(tmp_path: Path) -> None:
    assert make_sign_in(settings(demo=True)).demo is not None
    assert make_sign_in(settings(demo=True, hosts="localhost", public_url="http://127.0.0.1:8321")).demo is not None
    assert make_sign_in(settings(users=str(tmp_path / "users.json"))).users is not None
    proxy = make_sign_in(settings(user_header="X-User", proxies="10.0.0.0/8", proxy_role="supervisor")).proxy
    assert proxy is not None and proxy.header == "x-user"


def test_boards_with_one_secret_know_each_others_sessions() -> None:
    one, other, third = (
        make_sign_in(settings(demo=True, session_secret=secret * 32)).sessions for secret in ("a", "a", "b")
    )
    assert one.signature("session", "x") == other.signature("session", "x") != third.signature("session", "x")
