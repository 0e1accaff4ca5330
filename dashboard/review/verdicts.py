"""What the page sends as a verdict, and what becomes of it: a record of `tonewatch.verdicts.v1`."""

from __future__ import annotations

from typing import Protocol

import msgspec

from tonewatch.dashboard.actions import LONGEST_NAME
from tonewatch.stream.archive.review.views import AlertDetail
from tonewatch.stream.errors import BrokerError, DataError
from tonewatch.stream.messages import TextRatings, Verdict, VerdictKind

LARGEST = 8192
"""Bytes of a request: a verdict with the longest note has under 4,000."""


class VerdictRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on an alert, or on a second of a call in which one was missed (`call_id` and `at_ms`, without alert).

    `verdict_id` is of the sender's choice: a second one of that id changes nothing. It is the verdict of who is signed
    in. `moment_id` names the reason whose text `ratings` are of.
    """

    verdict_id: str
    verdict: VerdictKind
    alert_id: str = ""
    call_id: str = ""
    at_ms: int = 0
    reason: str = ""
    note: str = ""
    moment_id: str = ""
    ratings: TextRatings | None = None


class Verdicts(Protocol):
    """Where verdicts are written."""

    async def write(self, verdict: Verdict) -> None:
        """Returns once the verdict is durable.

        Raises:
            BrokerError: it is not; nothing is kept for later.
        """


class NoVerdicts:
    """Of a desk that only shows."""

    async def write(self, verdict: Verdict) -> None:
        raise BrokerError("This desk only shows: start it with TONEWATCH_KAFKA to judge.")


def read(body: bytes) -> VerdictRequest:
    """
    Raises:
        DataError: it is no verdict, or it is of neither an alert nor a second of a call.
    """
    try:
        asked = msgspec.json.decode(body, type=VerdictRequest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"No verdict: {error}.") from error
    if (asked.verdict == "missed") == bool(asked.alert_id):
        raise DataError("A missed moment has a call_id and at_ms, every other verdict an alert_id.")
    return asked


def verdict_on(asked: VerdictRequest, detail: AlertDetail | None, *, person: str, now_at_ms: int) -> Verdict:
    """By `person` at the server's clock; `detail` is the alert's, None of a missed moment.

    Raises:
        DataError: a field is longer than the message allows, or the text that was rated is of another alert.
    """
    reasons = detail.reasons if detail else ()
    if asked.moment_id and asked.moment_id not in [reason.moment_id for reason in reasons]:
        raise DataError("moment_id names no reason of this alert.")
    fields = {name: getattr(asked, name) for name in VerdictRequest.__struct_fields__}
    if detail is not None:
        fields |= {"call_id": detail.alert.call_id, "at_ms": detail.alert.onset_ms}
    fields |= {"by": person[:LONGEST_NAME], "judged_at_ms": now_at_ms}
    try:
        # Once through JSON, which checks the bounds that a constructor does not.
        return msgspec.json.decode(msgspec.json.encode(Verdict(**fields)), type=Verdict)
    except msgspec.ValidationError as error:
        raise DataError(f"No verdict: {error}.") from error
