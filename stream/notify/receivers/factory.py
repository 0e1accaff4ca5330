"""The receiver of a target, by its kind."""

from __future__ import annotations

from typing import assert_never

from tonewatch.stream.notify.http import Http
from tonewatch.stream.notify.outcome import Receiver
from tonewatch.stream.notify.receivers.email import EmailReceiver
from tonewatch.stream.notify.receivers.pagerduty import PagerDutyReceiver
from tonewatch.stream.notify.receivers.slack import SlackReceiver
from tonewatch.stream.notify.receivers.teams import TeamsReceiver
from tonewatch.stream.notify.receivers.webhook import WebhookReceiver
from tonewatch.stream.notify.routes import (
    AnyTarget,
    EmailTarget,
    PagerDutyTarget,
    SlackTarget,
    TeamsTarget,
    WebhookTarget,
)


def make_receiver(target: AnyTarget, http: Http) -> Receiver:
    match target:
        case WebhookTarget():
            return WebhookReceiver(target, http)
        case SlackTarget():
            return SlackReceiver(target, http)
        case TeamsTarget():
            return TeamsReceiver(target, http)
        case PagerDutyTarget():
            return PagerDutyReceiver(target, http)
        case EmailTarget():
            return EmailReceiver(target)
        case _:
            assert_never(target)
