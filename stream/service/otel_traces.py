"""Traces by OpenTelemetry, sent by OTLP over HTTP; imported only where tracing is on."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from tonewatch.stream.service.traces import NO_SPAN, TRACEPARENT, Attribute, Headers, Span, traceparent_of

_CONTEXT = TraceContextTextMapPropagator()


class OtelSpan:
    """A step that is sampled."""

    def __init__(self, tracer: trace.Tracer, span: trace.Span) -> None:
        self._tracer = tracer
        self._span = span

    @property
    def traceparent(self) -> str:
        carrier: dict[str, str] = {}
        _CONTEXT.inject(carrier, trace.set_span_in_context(self._span))
        return carrier[TRACEPARENT]

    def child(self, name: str, **attributes: Attribute) -> Span:
        within = trace.set_span_in_context(self._span)
        return OtelSpan(self._tracer, self._tracer.start_span(name, within, attributes=_named(attributes)))

    def note(self, **attributes: Attribute) -> None:
        self._span.set_attributes(_named(attributes))

    def end(self) -> None:
        self._span.end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_: TracebackType | None
    ) -> None:
        if kind is not None:
            # Its type, never its text: an error may quote what it failed on.
            self._span.set_status(trace.StatusCode.ERROR, kind.__name__)
        self._span.end()


class OtelTraces:
    """Begins spans of one role; a context that came with a record decides whether it is sampled, else the ratio."""

    def __init__(self, role: str, ratio: float, processor: SpanProcessor) -> None:
        resource = Resource.create({"service.namespace": "tonewatch", "service.name": f"tonewatch-{role}"})
        self._provider = TracerProvider(resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("tonewatch")

    def begin(self, name: str, headers: Headers = None, start_ns: int | None = None, **attributes: Attribute) -> Span:
        within = _CONTEXT.extract({TRACEPARENT: traceparent_of(headers)})
        span = self._tracer.start_span(name, within, start_time=start_ns, attributes=_named(attributes))
        return OtelSpan(self._tracer, span) if span.get_span_context().trace_flags.sampled else NO_SPAN

    def follow(self, name: str, headers: Headers, **attributes: Attribute) -> Span:
        within = _CONTEXT.extract({TRACEPARENT: traceparent_of(headers)})
        if not trace.get_current_span(within).get_span_context().is_valid:
            return NO_SPAN
        return self.begin(name, headers, None, **attributes)

    def close(self) -> None:
        self._provider.shutdown()


def exporting(role: str, ratio: float) -> OtelTraces:
    """Sent in batches from a thread of its own; what the receiver does not take is dropped, and never waited for."""
    return OtelTraces(role, ratio, BatchSpanProcessor(OTLPSpanExporter()))


def _named(attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    return {f"tonewatch.{name}": value for name, value in attributes.items()}
