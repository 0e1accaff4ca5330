"""What a file of routes holds: receivers, and which alerts go to which of them, when and how much of them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tonewatch.stream.errors import SettingsError
from tonewatch.stream.messages import Alert
from tonewatch.stream.secret_files import read_secret_file

Name = Annotated[str, Meta(min_length=1, max_length=80, pattern="^[A-Za-z0-9._-]+$")]
Seconds = Annotated[int, Meta(ge=1, le=7 * 86_400)]
TimeOfDay = Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Text = Literal["none", "sentence", "quotations"]
"""What of an alert's sentence leaves the house: nothing, all but what the caller said, all of it. With `none` the names
of those who took the alert stay, too."""


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A word that is not known is an error, not a setting without effect."""


class Secret(_Strict, frozen=True, kw_only=True):
    """Where a secret stands: in a file, which is read at each use, or in a variable of the environment."""

    file: str = ""
    env: str = ""

    def __post_init__(self) -> None:
        if bool(self.file) == bool(self.env):
            raise ValueError("a secret is named by either `file` or `env`")

    def read(self) -> str:
        """
        Raises:
            SettingsError: it is not there, or empty; the text names the place and never the secret.
        """
        if self.file:
            return read_secret_file(self.file, "the file of a secret")
        if not (found := os.environ.get(self.env, "").strip()):
            raise SettingsError(f"The variable {self.env}, which a route names for a secret, is empty: set it.")
        return found


class Target(_Strict, frozen=True, kw_only=True):
    """A receiver. `private_addresses` lets it be in the own network, where it may be plain http too.

    `give_up_after_s` after a message was due first it goes to the dead letters. `revision` is raised to try a receiver
    again that said that it is gone.
    """

    private_addresses: bool = False
    timeout_s: Annotated[float, Meta(gt=0, le=30)] = 10.0
    give_up_after_s: Seconds = 86_400
    revision: Annotated[int, Meta(ge=0, le=10_000)] = 0

    @property
    def is_grouped(self) -> bool:
        """Can one message tell of several alerts?"""
        return True


class WebhookTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="webhook"):
    """Any system, by the Standard Webhooks specification. Signed with each of `secrets`: one can be replaced."""

    url: str
    secrets: Annotated[tuple[Secret, ...], Meta(min_length=1, max_length=4)]


class SlackTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="slack"):
    """A channel of Slack: by a bot's token, which can change messages and answer in threads, or an incoming webhook."""

    token: Secret | None = None
    channel: str = ""
    webhook: Secret | None = None
    url: str = "https://slack.com/api/"

    def __post_init__(self) -> None:
        if (self.token is None) == (self.webhook is None) or (self.token is not None) != bool(self.channel):
            raise ValueError("slack needs either `token` and `channel`, or `webhook`")


class TeamsTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="teams"):
    """A channel of Microsoft Teams, by the address that a workflow "when a webhook request is received" was given."""

    webhook: Secret


class PagerDutyTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="pagerduty"):
    """A service of PagerDuty, by its integration key of Events API v2. `url` for its other region."""

    routing_key: Secret
    url: str = "https://events.pagerduty.com/v2/enqueue"
    severities: dict[Literal["watch", "act"], Literal["critical", "error", "warning", "info"]] = msgspec.field(
        default_factory=lambda: {"act": "critical", "watch": "warning"}
    )

    @property
    def is_grouped(self) -> bool:
        return False


class EmailTarget(Target, frozen=True, kw_only=True, tag_field="kind", tag="email"):
    """Mailboxes, by a mail server. `tls`: starttls, tls from the first byte on, or none (private addresses only)."""

    host: str
    port: Annotated[int, Meta(ge=1, le=65_535)] = 587
    tls: Literal["starttls", "tls", "none"] = "starttls"
    ca_file: str = ""
    user: str = ""
    password: Secret | None = None
    sender: Annotated[str, Meta(pattern="^[^@\\s]+@[^@\\s]+$")]
    to: Annotated[tuple[Annotated[str, Meta(pattern="^[^@\\s,]+@[^@\\s,]+$")], ...], Meta(min_length=1, max_length=50)]

    def __post_init__(self) -> None:
        if self.tls == "none" and not self.private_addresses:
            raise ValueError("`tls: none` is for a server in the own network: say `private_addresses: true`")
        if bool(self.user) != (self.password is not None):
            raise ValueError("`user` and `password` belong together")


AnyTarget = WebhookTarget | SlackTarget | TeamsTarget | PagerDutyTarget | EmailTarget


class Grouping(_Strict, frozen=True, kw_only=True):
    """Alerts of one call, or of one queue, that come within `within_s` of the first make one message."""

    by: Literal["call", "queue"] = "queue"
    within_s: Seconds = 30


class QuietHours(_Strict, frozen=True, kw_only=True):
    """From one time of day to another (over midnight where `until` is earlier), on the days on which they begin."""

    time_zone: str
    begin: TimeOfDay
    until: TimeOfDay
    days: Annotated[tuple[Day, ...], Meta(min_length=1)] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    what: Literal["hold", "drop"] = "hold"


class Escalation(_Strict, frozen=True, kw_only=True):
    """Told so long after an alert was raised, unless somebody acknowledged, took or ended it."""

    after_s: Seconds
    to: Annotated[tuple[Name, ...], Meta(min_length=1)]


class Budget(_Strict, frozen=True, kw_only=True):
    """So many messages to each receiver within that time; what comes beyond it waits and goes out together."""

    messages: Annotated[int, Meta(ge=1, le=10_000)]
    within_s: Seconds = 3600


class Route(_Strict, frozen=True, kw_only=True):
    """Which alerts (all of what is named must fit; nothing named: all) go where, and how."""

    to: Annotated[tuple[Name, ...], Meta(min_length=1)]
    queues: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    severities: tuple[Literal["watch", "act"], ...] = ("act", "watch")
    rules: tuple[str, ...] = ()
    text: Text = "sentence"
    follow: bool = True
    updates: bool = False
    group: Grouping | None = None
    quiet_hours: tuple[QuietHours, ...] = ()
    escalate: Annotated[tuple[Escalation, ...], Meta(max_length=8)] = ()
    budget: Budget | None = None


class Team(_Strict, frozen=True, kw_only=True):
    """Queues, with `*` and `?` for any text and any letter, as in the file of rules."""

    queues: Annotated[tuple[str, ...], Meta(min_length=1)]


class Acknowledge(_Strict, frozen=True, kw_only=True):
    """How people say from a message that they have seen the alert.

    `url` is where this role's port is reached from their browsers; `secret` signs its links, which hold for `valid_s`.
    `slack_signing_secret` is that of the Slack app whose requests come to `/slack/actions`.
    """

    url: str = ""
    secret: Secret | None = None
    valid_s: Seconds = 86_400
    slack_signing_secret: Secret | None = None

    def __post_init__(self) -> None:
        if bool(self.url) != (self.secret is not None):
            raise ValueError("`url` and `secret` of `acknowledge` belong together")


class RoutesFile(_Strict, frozen=True, kw_only=True):
    """The whole file. `board`: the address of the board, for links."""

    version: Literal[1]
    board: str = ""
    acknowledge: Acknowledge = msgspec.field(default_factory=Acknowledge)
    targets: dict[Name, AnyTarget] = msgspec.field(default_factory=dict)
    teams: dict[str, Team] = msgspec.field(default_factory=dict)
    routes: dict[Name, Route] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class Routes:
    """The routes of a file, asked for an alert."""

    file: RoutesFile

    def of(self, alert: Alert) -> list[tuple[str, Route]]:
        """Those that the alert takes, in the order of the file."""
        return [(name, route) for name, route in self.file.routes.items() if self._fits(alert, route)]

    def _fits(self, alert: Alert, route: Route) -> bool:
        if alert.severity not in route.severities:
            return False
        if route.rules and not any(fnmatchcase(alert.rule, rule) for rule in route.rules):
            return False
        patterns = [*route.queues, *(queue for team in route.teams for queue in self.file.teams[team].queues)]
        return not patterns or any(fnmatchcase(alert.queue, pattern) for pattern in patterns)


NO_ROUTES = Routes(RoutesFile(version=1))
