"""What is written to `tonewatch.audit.v1`, as JSON: who looked, listened, acted and exported, and who signed in."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from tonewatch.stream.messages.bounds import AlertId, EpochMs, Name, Word
from tonewatch.stream.messages.common import Message

AccessKind = Literal[
    "signed_in",
    "signed_out",
    "sign_in_failed",
    "refused",
    "opened_board",
    "looked",
    "listened",
    "acted",
    "reviewed",
    "exported",
]
"""`refused`: somebody who is signed in asked for what is not for the role or its queues. `opened_board`: all calls of
the person's queues came onto a page; `looked`: one of them was opened."""


class Access(Message, frozen=True, kw_only=True, tag="access"):
    """Somebody did something at the board. `access_id` is of one event: a second record with it tells the same.

    `by` is the user's name, the only thing of a person that stands here; '' where a sign-in failed under a name that
    nobody has, because what was typed there may have been a password. `call_id` and `alert_id` are '' where it is about
    none, `detail` says what was done: the action on an alert, what was exported.
    """

    access_id: Name
    kind: AccessKind
    by: Annotated[str, Meta(max_length=80)] = ""
    role: Word = ""
    acted_at_ms: EpochMs = 0
    alert_id: AlertId = ""
    detail: Word = ""
