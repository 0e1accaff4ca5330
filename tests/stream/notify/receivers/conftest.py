"""A delivery that is being sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tonewatch.stream.messages import Delivery, Notice
from tonewatch.stream.notify.links import Links
from tonewatch.stream.notify.outcome import Sending

from ..conftest import NOON_MS

LINKS = Links(
    board="https://board.example/", url="https://notify.example", secret="s" * 32, valid_s=3600, has_buttons=True
)
NOTICE = Notice(
    alert_id="c-1/anger/24000",
    call_id="c-1",
    seq=0,
    kind="raised",
    event="fired",
    state="firing",
    severity="act",
    rule="anger",
    queue="billing",
    onset_ms=84_000,
    fired_ms=91_000,
    emitted_at_ms=NOON_MS,
    sentence="Louder by 7 dB.",
)


def make_sending(*notices: dict[str, Any], opened: str = "", **changed: Any) -> Sending:
    """One try at noon; each notice as NOTICE but for what is said."""
    told = tuple(msgspec.structs.replace(NOTICE, **fields) for fields in notices or ({},))
    delivery = Delivery(
        call_id="c-1",
        delivery_id="d0",
        target="t",
        route="r",
        state="waiting",
        notices=told,
        planned_at_ms=NOON_MS,
        due_at_ms=NOON_MS,
    )
    first = msgspec.structs.replace(delivery, state="delivered", receipt=opened, notices=(NOTICE,)) if opened else None
    return Sending(msgspec.structs.replace(delivery, **changed), LINKS, NOON_MS, first)


@pytest.fixture
def sending() -> Callable[..., Sending]:
    return make_sending
