"""How people sign in, from the settings; a board on which nobody could sign in, or everybody, does not start."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from tonewatch.dashboard.signin.attempts import Attempts
from tonewatch.dashboard.signin.hosts import Hosts, allowed_hosts, host_name, is_loopback
from tonewatch.dashboard.signin.oidc_setup import make_provider
from tonewatch.dashboard.signin.passwords import Passwords
from tonewatch.dashboard.signin.person import Person
from tonewatch.dashboard.signin.proxies import Proxies, ProxySignIn, networks
from tonewatch.dashboard.signin.sessions import Lifetime, Sessions
from tonewatch.dashboard.signin.sign_in import DEMO_NAME, SignIn
from tonewatch.dashboard.signin.users_file import UsersFile
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import DashboardSettings

_log = logging.getLogger(__name__)

D = "TONEWATCH_DASHBOARD_"

SHORTEST_SECRET = 32

NO_SIGN_IN = (
    "Nobody could sign in to this board: set one of "
    f"{D}USERS (a file; `tonewatch users add NAME --role supervisor` writes it), "
    f"{D}OIDC_ISSUER (an identity provider), "
    f"{D}USER_HEADER with {D}PROXIES or {D}PROXY_SECRET_FILE (a proxy signs people in), or, on loopback only, "
    f"{D}DEMO=true."
)


def make_sign_in(settings: DashboardSettings, now_s: Callable[[], float] = time.time) -> SignIn:
    """
    Raises:
        SettingsError: no way to sign in is configured, or two that exclude each other.
    """
    users = UsersFile(Path(settings.dashboard_users)) if settings.dashboard_users else None
    proxies = _proxies(settings)
    proxy = _proxy_sign_in(settings, proxies, users)
    demo = _demo(settings)
    provider = make_provider(settings, now_s)
    if users is None and proxy is None and demo is None and provider is None:
        raise SettingsError(NO_SIGN_IN)
    if proxy is not None and provider is not None:
        raise SettingsError(f"{D}OIDC_ISSUER and {D}USER_HEADER exclude each other: leave one out.")
    if proxy is not None and demo is not None:
        raise SettingsError(f"{D}DEMO and {D}USER_HEADER exclude each other: leave one out.")
    lifetime = Lifetime(60 * settings.dashboard_session_idle_min, 3_600 * settings.dashboard_session_hours)
    return SignIn(
        sessions=Sessions(_session_secret(settings), now_s, lifetime),
        attempts=Attempts(time.monotonic),
        hosts=Hosts([*allowed_hosts(settings.dashboard_hosts, settings.dashboard_host), *_public_host(settings)]),
        proxies=proxies,
        proxy=proxy,
        users=users,
        passwords=Passwords() if users is not None else None,
        demo=demo,
        provider=provider,
        provider_name=settings.dashboard_oidc_name,
        public_url=settings.dashboard_public_url,
    )


def _public_host(settings: DashboardSettings) -> list[str]:
    return [host] if (host := urlsplit(settings.dashboard_public_url).hostname) else []


def _demo(settings: DashboardSettings) -> Person | None:
    if not settings.dashboard_demo:
        return None
    if not is_loopback(settings.dashboard_host):
        raise SettingsError(
            f"{D}DEMO lets anybody in, so it is for loopback only: {D}HOST={settings.dashboard_host} is none. "
            f"Set {D}USERS instead."
        )
    served = [name for name in (*settings.dashboard_hosts.split(","), *_public_host(settings)) if name.strip()]
    if settings.dashboard_proxies or not all(is_loopback(host_name(name.strip())) for name in served):
        # A proxy on this machine need not say that it is one: every visitor of it would be at this machine.
        raise SettingsError(
            f"{D}DEMO lets anybody in, and this board is served to other machines ({D}HOSTS, {D}PUBLIC_URL or "
            f"{D}PROXIES say so): set {D}USERS instead."
        )
    return Person(DEMO_NAME, "admin")  # who may see all of it: the board and the review desk


def _proxies(settings: DashboardSettings) -> Proxies:
    given, file = settings.dashboard_proxy_secret, settings.dashboard_proxy_secret_file
    variable = f"{D}PROXY_SECRET"
    if not given.get_secret_value() and not file:
        return Proxies(networks(settings.dashboard_proxies))
    _secret(given, file, variable)  # wrong now is wrong at the start
    return Proxies(networks(settings.dashboard_proxies), lambda: _secret(given, file, variable))


def _proxy_sign_in(settings: DashboardSettings, proxies: Proxies, users: UsersFile | None) -> ProxySignIn | None:
    header = settings.dashboard_user_header.strip().lower()
    if not header:
        return None
    if not proxies.networks and proxies.secret is None:
        raise SettingsError(
            f"{D}USER_HEADER={header} would be believed from anybody: name the proxies that send it in {D}PROXIES, "
            f"or give them a secret by {D}PROXY_SECRET_FILE."
        )
    role = settings.dashboard_proxy_role or None
    if role is None and users is None:
        raise SettingsError(f"{D}USER_HEADER needs roles: {D}PROXY_ROLE for everybody, or {D}USERS with each user's.")
    return ProxySignIn(proxies, header, role, users)


def _session_secret(settings: DashboardSettings) -> bytes:
    given, file = settings.dashboard_session_secret, settings.dashboard_session_secret_file
    if not given.get_secret_value() and not file:
        _log.info("Sessions end with this process: no TONEWATCH_DASHBOARD_SESSION_SECRET_FILE is set.")
        return secrets.token_bytes(SHORTEST_SECRET)
    return _secret(given, file, f"{D}SESSION_SECRET").encode()


def _secret(given: SecretStr, file: str, variable: str) -> str:
    if given.get_secret_value() and file:
        raise SettingsError(f"{variable} and {variable}_FILE exclude each other: leave one out.")
    found = read_secret_file(file, f"{variable}_FILE") if file else given.get_secret_value()
    if len(found.encode()) < SHORTEST_SECRET:
        raise SettingsError(
            f"{variable} has {len(found.encode())} bytes; {SHORTEST_SECRET} are needed: openssl rand -hex 32"
        )
    return found
