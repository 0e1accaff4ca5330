"""Secrets of a file of routes that cannot work, seen before the first message. No text holds anything of them."""

from __future__ import annotations

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.notify.addresses import why_not_an_address
from tonewatch.stream.notify.links import LEAST_SECRET_BYTES
from tonewatch.stream.notify.receivers.webhook import key
from tonewatch.stream.notify.routes import RoutesFile, Secret, SlackTarget, TeamsTarget, WebhookTarget
from tonewatch.stream.yaml_tree import Place


def why_not(file: RoutesFile, place: Place, secret: Secret) -> str:
    """Why a secret is none, or cannot be what its place asks for; empty where nothing is seen against it."""
    try:
        return _of_place(file, place, secret.read())
    except SettingsError as error:
        return str(error)


def _of_place(file: RoutesFile, place: Place, text: str) -> str:
    """
    Raises:
        SettingsError: it is no webhook's secret.
    """
    if place[0] == "acknowledge":
        is_short = len(text.encode()) < LEAST_SECRET_BYTES
        return f"shorter than {LEAST_SECRET_BYTES} bytes: `openssl rand -hex 32` makes one" if is_short else ""
    target = file.targets[place[1]]
    if isinstance(target, WebhookTarget):
        key(text)
    elif place[2] == "webhook" and isinstance(target, SlackTarget | TeamsTarget):
        return why_not_an_address(text, private=target.private_addresses)
    elif place[2] == "token" and not text.startswith("xox"):
        return "no token of Slack: that of a bot begins with `xoxb-`"
    return ""
