"""The monitor as a process: when it is ready, and how it ends where faust gives up."""

from __future__ import annotations

from typing import Any

import faust
import pytest
from aiokafka.errors import KafkaConnectionError

from tonewatch.stream.errors import BrokerError
from tonewatch.stream.monitor import monitor_command


def test_it_is_not_ready_before_it_has_joined_its_group_and_filled_its_tables() -> None:
    app = faust.App("never-started")
    assert "not joined" in monitor_command._why_faust_waits(app)
    app.on_rebalance_start()
    assert "being assigned" in monitor_command._why_faust_waits(app)
    app.on_rebalance_end()
    assert monitor_command._why_faust_waits(app) == ""
    app.on_rebalance_start()
    assert "being assigned" in monitor_command._why_faust_waits(app)


async def test_a_broker_that_goes_away_while_it_starts_ends_it_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    app = faust.App("never-started")

    async def start(*_: Any) -> None:
        raise KafkaConnectionError("no bootstrap")

    monkeypatch.setattr(app, "start", start)
    with pytest.raises(BrokerError, match=r"KafkaConnectionError.*start this again"):
        async with monitor_command._running(app):
            pytest.fail("it runs")
