from __future__ import annotations

import subprocess
import sys

import pytest

from tonewatch.stream.errors import DependencyError
from tonewatch.stream.service.traces import NO_SPAN, NoTraces, carried, traceparent_of, traces

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_while_tracing_is_off_every_role_works_without_opentelemetry() -> None:
    script = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"  # As if it were not installed: whoever imports it fails.
        "from tonewatch.stream.service.traces import traces\n"
        "import tonewatch.workers.listen.listener, tonewatch.stream.monitor.judge, tonewatch.stream.board.sink\n"
        "traces('listen', 0.0).begin('x').child('y').end()\n"
        "assert 'tonewatch.stream.service.otel_traces' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-P", "-c", script], check=True)


def test_a_span_of_what_is_not_followed_is_one_object_that_carries_nothing() -> None:
    span = NoTraces().begin("a step", [("traceparent", PARENT.encode())])
    with span.child("another") as child:
        assert child is span is NO_SPAN
    assert carried(span) == {}


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ([("other", b"x"), ("traceparent", PARENT.encode())], PARENT),
        ({"traceparent": PARENT.encode()}, PARENT),
        ([("traceparent", b"\xff")], "\ufffd"),
        ((), ""),
        (None, ""),
    ],
)
def test_a_context_is_found_in_the_headers_of_either_client(headers: object, found: str) -> None:
    given: list[tuple[str, bytes]] = headers  # type: ignore[assignment]
    assert traceparent_of(given) == found


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tonewatch.stream.service.otel_traces", None)
    with pytest.raises(DependencyError, match=r"tonewatch\[otel\]"):
        traces("listen", 0.5)
