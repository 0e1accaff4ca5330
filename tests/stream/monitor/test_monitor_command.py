"""The monitor as a process: when it is ready, and how it ends where faust gives up."""

from __future__ import annotations

from typing import Any

import faust
import pytest
from aiokafka.errors import KafkaConnectionError, UnknownError

from tonewatch.stream.errors import BrokerError
from tonewatch.stream.monitor import monitor_command
from tonewatch.stream.settings import MonitorSettings


def test_it_is_not_ready_before_it_has_joined_its_group_and_filled_its_tables() -> None:
    app = faust.App("never-started")
    assert "not joined" in monitor_command._why_faust_waits(app)
    app.on_rebalance_start()
    assert "being assigned" in monitor_command._why_faust_waits(app)
    app.on_rebalance_end()
    assert monitor_command._why_faust_waits(app) == ""
    app.on_rebalance_start()
    assert "being assigned" in monitor_command._why_faust_waits(app)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KafkaConnectionError("no bootstrap"), r"KafkaConnectionError.*start this again"),
        (UnknownError(), r"InitProducerId.*TONEWATCH_KAFKA_IDEMPOTENT=false"),
    ],
)
async def test_a_broker_that_goes_away_or_cannot_serve_while_it_starts_ends_it_with_what_to_do(
    error: Exception, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = faust.App("never-started")

    async def start(*_: Any) -> None:
        raise error

    monkeypatch.setattr(app, "start", start)
    with pytest.raises(BrokerError, match=told):
        async with monitor_command._running(app, MonitorSettings()):
            pytest.fail("it runs")
