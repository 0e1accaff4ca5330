"""What waits of a call whose notice was withdrawn is told to nobody any more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from tonewatch.stream.messages import Alert, Delivery, Notice
from tonewatch.stream.notify.book import Book

NOTICE_WITHDRAWN: Final = "notice_withdrawn"
"""The reason of a delivery that ended by it, also where it is sent back from the dead letters later."""

_TELLABLE: Final = frozenset({"waiting", "dead"})
"""A dead one can be sent again."""


def is_withdrawal(alert: Alert) -> bool:
    """The monitor closes a withdrawn call's alerts bare; every other alert says what it rests on (`step.bare`)."""
    is_over = alert.state in ("resolved", "withdrawn")
    return is_over and not (alert.sentence or alert.evidence or alert.facts.facts or alert.facts.baseline_segments)


def withdrawn(book: Book, call_id: str, now_ms: int) -> Iterator[Delivery]:
    """Each delivery that could still tell of the call, without what it tells of it; one that tells nothing else ends.

    That an alert is over may still be told, if nothing is said with it: whoever opened something closes it then.
    """
    for one in book.of_call(call_id):
        if one.state not in _TELLABLE or not any(tells(notice, call_id) for notice in one.notices):
            continue
        left = tuple(notice for notice in one.notices if not tells(notice, call_id))
        if left and one.state == "waiting":
            yield msgspec.structs.replace(one, notices=left, call_id=left[0].call_id)
        else:
            said = tuple(_bare(notice) if notice.call_id == call_id else notice for notice in one.notices)
            yield msgspec.structs.replace(
                one, notices=said, state="cancelled", ended_at_ms=now_ms, reason=NOTICE_WITHDRAWN
            )


def tells(notice: Notice, call_id: str) -> bool:
    """More of the call than that an alert is over?"""
    return notice.call_id == call_id and not (notice.kind == "resolved" and not notice.sentence)


def _bare(notice: Notice) -> Notice:
    """That there was an event: by it a later notifier knows what was planned."""
    return msgspec.structs.replace(notice, sentence="", acknowledged_by="", assigned_to="")
