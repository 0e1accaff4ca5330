"""What the page sends as a verdict, and what becomes of it: a record of `tonewatch.verdicts.v1`."""

from __future__ import annotations

from typing import Protocol

import msgspec

from tonewatch.dashboard.actions import LONGEST_NAME
from tonewatch.stream.archive.review.views import AlertDetail, CallDetail
from tonewatch.stream.codec import decode_verdict, encode
from tonewatch.stream.errors import BadRecord, BrokerError, DataError
from tonewatch.stream.messages import TextRatings, Verdict, VerdictKind

LARGEST = 8192
"""Bytes of a request: a verdict with the longest note has under 4,000."""


OF_CALLS = ("missed", "right")
"""What is said of a call rather than of an alert."""


class VerdictRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A verdict on an alert; or, without `alert_id`, on a call: `missed` at a second of it (`at_ms`), or `right` where
    somebody heard it and nothing was missed.

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
        DataError: it is no verdict, or one that suits neither an alert nor a call.
    """
    try:
        asked = msgspec.json.decode(body, type=VerdictRequest)
    except (msgspec.DecodeError, RecursionError) as error:
        raise DataError(f"No verdict: {error}.") from error
    if asked.alert_id and asked.verdict == "missed":
        raise DataError("A missed moment has a call_id and at_ms, every other verdict an alert_id.")
    if not asked.alert_id and (asked.verdict not in OF_CALLS or not asked.call_id):
        raise DataError(
            "Without an alert_id a verdict names a call_id, and is `missed` or `right` (nothing was missed)."
        )
    return asked


def verdict_on(
    asked: VerdictRequest, alert: AlertDetail | None, call: CallDetail | None, *, person: str, now_at_ms: int
) -> Verdict:
    """By `person` at the server's clock, on the one of the two that is there, as it is shown to that person: where
    others' verdicts are, this one is not blind.

    Raises:
        DataError: a field is longer than the message allows, the second lies behind the call's end, or the text that
            was rated is of another alert.
    """
    reasons = alert.reasons if alert else ()
    if asked.moment_id and asked.moment_id not in [reason.moment_id for reason in reasons]:
        raise DataError("moment_id names no reason of this alert.")
    if call is not None and call.call.duration_ms is not None and asked.at_ms > call.call.duration_ms:
        raise DataError("at_ms lies behind the call's end.")
    fields = {name: getattr(asked, name) for name in VerdictRequest.__struct_fields__}
    if alert is not None:
        fields |= {"call_id": alert.alert.call_id, "at_ms": alert.alert.onset_ms}
    shown = [*(alert.review.others if alert else ()), *(call.review.others if call else ())]
    fields |= {"by": person[:LONGEST_NAME], "judged_at_ms": now_at_ms, "sighted": bool(shown)}
    try:
        # Once through JSON, which checks the bounds that a constructor does not.
        return decode_verdict(encode(Verdict(**fields)))
    except BadRecord as error:
        raise DataError(f"No verdict: {error}") from error
