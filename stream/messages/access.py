"""What is written to `tonewatch.audit.v1`, as JSON: who looked, listened, acted and exported, and who signed in."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tonewatch.stream.messages.bounds import AlertId, Count, EpochMs, Label, Name, Word
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
    "began",
]
"""`refused`: somebody who is signed in asked for what is not for the role or its queues. `opened_board`: all calls of
the person's queues came onto a page; `looked`: one of them was opened. `began`: a role began, with its settings and
models."""

_Hex = Annotated[str, Meta(max_length=64)]


class Access(Message, frozen=True, kw_only=True, tag="access"):
    """Somebody did something at the board. `access_id` is of one event: a second record with it tells the same.

    `by` is the user's name, the only thing of a person that stands here; '' where a sign-in failed under a name that
    nobody has, because what was typed there may have been a password. `call_id` and `alert_id` are '' where it is about
    none, `detail` says what was done: the action on an alert, what was exported; of `began` the role.

    The records of one `writer`, a life of a process, are a chain: `seq` counts them from 0, `previous` is the SHA-256
    of the bytes of the one before. `unacknowledged` records right before this one were not acknowledged by Kafka and
    may be missing; `lost` events since then never became records. `seal` is an HMAC-SHA256 over the bytes of this
    record with an empty seal, by the key that `key_id` names; '' where there is no key.
    `about`: of `began`, settings that differ from their defaults and `model.NAME`; secrets only as being set.
    """

    access_id: Name
    kind: AccessKind
    by: Annotated[str, Meta(max_length=80)] = ""
    role: Word = ""
    acted_at_ms: EpochMs = 0
    alert_id: AlertId = ""
    detail: Word = ""
    writer: Word = ""
    seq: Count = 0
    previous: _Hex = ""
    unacknowledged: Count = 0
    lost: Count = 0
    about: Annotated[dict[Word, Label], Meta(max_length=160)] = msgspec.field(default_factory=dict)
    key_id: _Hex = ""
    seal: _Hex = ""
