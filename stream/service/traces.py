"""Traces: which steps one segment went through, and how long each took, over all processes.

Off unless a share of the segments is asked for (`TONEWATCH_TRACE_RATIO`): nothing of OpenTelemetry is imported then,
and every span is one object that does nothing. The context travels as W3C `traceparent`, in the headers of Kafka's
records and in a field of the board's Redis stream; only what is sampled carries one, so what comes without one is not
followed.

Attributes hold ids, kinds and counts, as the logs do: no words, no numbers that somebody said, no names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from tonewatch.stream.errors import DependencyError

TRACEPARENT = "traceparent"

Headers = Iterable[tuple[str, bytes]] | Mapping[str, bytes] | None
"""Of a Kafka record, as aiokafka or faust give them."""

Attribute = str | int | float | bool


class Span(Protocol):
    """One step. As a context manager it ends with the block, and notes the type of an error that went through it."""

    def child(self, name: str, **attributes: Attribute) -> Span:
        """A step within this one, begun now."""

    def note(self, **attributes: Attribute) -> None:
        """What became known of the step meanwhile."""

    @property
    def traceparent(self) -> str:
        """What whoever goes on needs to know; '' where nobody follows."""

    def end(self) -> None:
        """The step is over; once."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Traces(Protocol):
    """Where spans begin."""

    def begin(self, name: str, headers: Headers = None, start_ns: int | None = None, **attributes: Attribute) -> Span:
        """A step of its own, or within the one whose context the headers carry. `start_ns`: unix time."""

    def follow(self, name: str, headers: Headers, **attributes: Attribute) -> Span:
        """A step within the one whose context the headers carry; nothing where they carry none."""

    def close(self) -> None:
        """Send what was not sent yet."""


class NoSpan:
    """Of what is not followed."""

    traceparent = ""

    def child(self, name: str, **attributes: Attribute) -> NoSpan:
        return self

    def note(self, **attributes: Attribute) -> None:
        return

    def end(self) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


NO_SPAN = NoSpan()


class NoTraces:
    """While tracing is off."""

    def begin(self, name: str, headers: Headers = None, start_ns: int | None = None, **attributes: Attribute) -> Span:
        return NO_SPAN

    def follow(self, name: str, headers: Headers, **attributes: Attribute) -> Span:
        return NO_SPAN

    def close(self) -> None:
        return


def carried(span: Span, headers: Iterable[tuple[str, bytes]] = ()) -> dict[str, Any]:
    """What a producer's `send` is given for whoever reads the record: `headers`, and its span's where it has one."""
    found = [*headers, (TRACEPARENT, span.traceparent.encode())] if span.traceparent else list(headers)
    return {"headers": found} if found else {}


def traceparent_of(headers: Headers) -> str:
    """The context in a record's headers; '' where there is none, or no text."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    found = next((value for name, value in pairs if name == TRACEPARENT), b"")
    return found.decode(errors="replace") if isinstance(found, bytes) else str(found)


def traces(role: str, ratio: float) -> Traces:
    """Those of a role that follow the share `ratio` of the segments; off at 0.

    Where spans go to is said by OpenTelemetry's own variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS,
    OTEL_RESOURCE_ATTRIBUTES, ...).

    Raises:
        DependencyError: the packages of the extra `otel` are missing.
    """
    if not ratio:
        return NoTraces()
    try:
        from tonewatch.stream.service.otel_traces import exporting  # Nothing of it is loaded by who does not trace.
    except ImportError as error:
        raise DependencyError(
            f"TONEWATCH_TRACE_RATIO is set and a package is missing ({error.name}): pip install tonewatch[otel]."
        ) from error
    return exporting(role, ratio)
