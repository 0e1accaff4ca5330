"""The identity provider, from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable

from tonewatch.dashboard.signin.claims import ClaimRules
from tonewatch.dashboard.signin.oidc import Client, Provider, is_safe
from tonewatch.dashboard.signin.person import ROLES, Role
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.secret_files import read_secret_file
from tonewatch.stream.settings import DashboardSettings

D = "TONEWATCH_DASHBOARD_"


def make_provider(settings: DashboardSettings, now_s: Callable[[], float]) -> Provider | None:
    """None where no issuer is set.

    Raises:
        SettingsError: something that it needs is missing or unsafe.
    """
    issuer = settings.dashboard_oidc_issuer
    if not issuer:
        return None
    if not is_safe(issuer):
        raise SettingsError(f"{D}OIDC_ISSUER={issuer}: an identity provider needs https, but on this machine.")
    if not settings.dashboard_oidc_client_id:
        raise SettingsError(f"{D}OIDC_CLIENT_ID is missing: what the identity provider calls this board.")
    if settings.dashboard_public_url and not is_safe(settings.dashboard_public_url):
        raise SettingsError(f"{D}PUBLIC_URL={settings.dashboard_public_url}: it needs https, but on this machine.")
    rules = ClaimRules(
        settings.dashboard_oidc_name_claim,
        settings.dashboard_oidc_role_claim,
        _roles(settings.dashboard_oidc_roles),
        settings.dashboard_oidc_queues_claim,
        settings.dashboard_oidc_teams_claim,
    )
    client = Client(issuer, settings.dashboard_oidc_client_id, _secret(settings), settings.dashboard_oidc_scope, rules)
    return Provider(client, time.monotonic, now_s)


def _secret(settings: DashboardSettings) -> Callable[[], str] | None:
    file, given = settings.dashboard_oidc_client_secret_file, settings.dashboard_oidc_client_secret.get_secret_value()
    variable = f"{D}OIDC_CLIENT_SECRET"
    if file and given:
        raise SettingsError(f"{variable} and {variable}_FILE exclude each other: leave one out.")
    if file:
        read_secret_file(file, f"{variable}_FILE")  # wrong now is wrong at the start
        return lambda: read_secret_file(file, f"{variable}_FILE")
    return (lambda: given) if given else None


def _roles(text: str) -> dict[str, Role]:
    found: dict[str, Role] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        value, _, named = part.rpartition("=")
        role = next((role for role in ROLES if role == named.strip()), None)
        if role is None or not value.strip():
            raise SettingsError(f"{D}OIDC_ROLES: {part} is no VALUE=ROLE; roles are {', '.join(ROLES)}.")
        found[value.strip()] = role
    return found
