from __future__ import annotations

import pytest

pytest.importorskip("opentelemetry.sdk", reason="needs the extra otel")

from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tonewatch.stream.service.otel_traces import OtelTraces
from tonewatch.stream.service.traces import NO_SPAN, carried

PARENT = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
NOT_SAMPLED = [("traceparent", b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")]


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


def made(spans: InMemorySpanExporter, ratio: float = 1.0) -> OtelTraces:
    return OtelTraces("listen", ratio, SimpleSpanProcessor(spans))


def test_a_step_goes_on_from_a_record_s_context_and_hands_its_own_on(
    spans: InMemorySpanExporter,
) -> None:
    with made(spans).follow("judged", PARENT, topic="t") as span, span.child("tone written") as child:
        ((name, value),) = carried(child)["headers"]
    inner, outer = spans.get_finished_spans()
    assert outer.parent is not None and inner.parent is not None and inner.context is not None
    assert (f"{outer.parent.trace_id:x}", f"{outer.parent.span_id:x}") == (
        "af7651916cd43dd8448eb211c80319c",
        "b7ad6b7169203331",
    )
    assert inner.parent.span_id == outer.context.span_id
    assert (name, value.decode().split("-")[2]) == ("traceparent", f"{inner.context.span_id:016x}")
    assert dict(outer.attributes or {}) == {"tonewatch.topic": "t"}


@pytest.mark.parametrize("headers", [[], [("traceparent", b"nonsense")], [("traceparent", b"")]])
def test_what_comes_without_a_context_is_not_followed(
    spans: InMemorySpanExporter, headers: list[tuple[str, bytes]]
) -> None:
    assert made(spans).follow("judged", headers) is NO_SPAN


def test_the_ratio_decides_where_a_trace_begins_and_the_context_where_it_goes_on(spans: InMemorySpanExporter) -> None:
    none = made(spans, 0.0)
    assert none.begin("chunk received") is NO_SPAN
    assert none.begin("chunk received", PARENT) is not NO_SPAN
    assert made(spans).follow("judged", NOT_SAMPLED) is NO_SPAN


def test_an_error_is_noted_by_its_type_and_never_by_its_text(spans: InMemorySpanExporter) -> None:
    with pytest.raises(ValueError, match="secret"), made(spans).begin("a step"):
        raise ValueError("a secret word")
    (span,) = spans.get_finished_spans()
    assert (span.status.description, span.events) == ("ValueError", ())
    assert "secret" not in span.to_json()
