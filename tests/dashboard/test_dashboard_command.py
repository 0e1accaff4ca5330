"""`tonewatch dashboard` before it serves anything."""

from __future__ import annotations

import pytest

from tonewatch.dashboard.dashboard_command import listen
from tonewatch.stream.errors import SettingsError


def test_a_busy_port_is_one_clear_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"Cannot listen on 127.0.0.1:{port} .*TONEWATCH_DASHBOARD_PORT"):
            listen("127.0.0.1", port)
