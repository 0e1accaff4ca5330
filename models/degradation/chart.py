"""One call as a small picture: its tone, the truth behind it, the alerts above it. Plain SVG, coloured by the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from tonewatch.models.degradation.outcome import Outcome, Point, Raised

WIDTH, HEIGHT = 560, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 26, 8, 30, 22
_LANE = 9
_FEW_S = 2.0


@dataclass(frozen=True)
class Scale:
    """Seconds and tone to the picture's units."""

    duration_s: float

    def x(self, seconds: float) -> float:
        inside = min(max(seconds, 0.0), self.duration_s)
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * inside / max(self.duration_s, 1e-9), 1)

    def y(self, tone: float) -> float:
        inside = min(max(tone, -1.0), 1.0)
        return round(_TOP + (HEIGHT - _TOP - _BOTTOM) * (1.0 - inside) / 2.0, 1)


def chart(call: Outcome, fire: float) -> str:
    """The picture of one call; `fire` is the tone under which an alert asks to act."""
    scale = Scale(call.duration_s)
    parts = [
        *_truth(call, scale),
        *_learning(call, scale),
        *_axes(scale, fire),
        *_tone(call.tone, scale),
        *(part for lane, alert in enumerate(call.alerts) for part in _alert(alert, lane % 2, scale, call.duration_s)),
    ]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(_label(call))}">'
        + "".join(parts)
        + "</svg>"
    )


def _label(call: Outcome) -> str:
    stretch = call.stretch
    truth = f"degraded from {stretch[0]:.0f} to {stretch[1]:.0f} s" if stretch else "nothing degrades"
    return f"Tone of {call.file}, {call.duration_s:.0f} s; {truth}; {len(call.alerts)} alerts"


def _truth(call: Outcome, scale: Scale) -> Iterator[str]:
    if (stretch := call.stretch) is None:
        return
    start, end = scale.x(stretch[0]), scale.x(stretch[1])
    yield f'<rect class="truth" x="{start}" y="{_TOP}" width="{end - start:.1f}" height="{HEIGHT - _TOP - _BOTTOM}"/>'
    yield f'<line class="onset" x1="{start}" x2="{start}" y1="{_TOP}" y2="{HEIGHT - _BOTTOM}"/>'


def _learning(call: Outcome, scale: Scale) -> Iterator[str]:
    """Where the caller's usual was not known yet, and where the monitor abstained for another reason."""
    ready = scale.x(call.duration_s if call.ready_s is None else call.ready_s)
    yield f'<rect class="learning" x="{_LEFT}" y="{HEIGHT - _BOTTOM - 4}" width="{ready - _LEFT:.1f}" height="4"/>'
    for point in call.tone:
        if point.abstained and point.abstained != "learning_baseline":
            start, end = scale.x(point.start_s), scale.x(point.end_s)
            yield (
                f'<rect class="abstained" x="{start}" y="{HEIGHT - _BOTTOM - 4}" width="{max(end - start, 1.0):.1f}" '
                f'height="4"><title>{escape(point.abstained)}</title></rect>'
            )


def _axes(scale: Scale, fire: float) -> Iterator[str]:
    right = WIDTH - _RIGHT
    for tone, kind in ((0.0, "zero"), (fire, "fire")):
        yield f'<line class="{kind}" x1="{_LEFT}" x2="{right}" y1="{scale.y(tone)}" y2="{scale.y(tone)}"/>'
    for tone, text in ((1.0, "+1"), (0.0, "0"), (-1.0, "\u22121")):
        yield f'<text class="tick" x="{_LEFT - 5}" y="{scale.y(tone) + 3.5}" text-anchor="end">{text}</text>'
    step_s = next((step for step in (10, 20, 60, 120, 300) if scale.duration_s / step <= 9), 600)
    for second in range(0, int(scale.duration_s) + 1, step_s):
        x = scale.x(second)
        yield f'<line class="mark" x1="{x}" x2="{x}" y1="{HEIGHT - _BOTTOM}" y2="{HEIGHT - _BOTTOM + 3}"/>'
        yield f'<text class="tick" x="{x}" y="{HEIGHT - 7}" text-anchor="middle">{second}</text>'


def _tone(points: Sequence[Point], scale: Scale) -> Iterator[str]:
    """The line, broken where nothing was judged, in its own uncertainty."""
    judged = [(scale.x(p.end_s), p.tone, p.spread) for p in points if p.tone is not None]
    if not judged:
        return
    upper = [f"{x},{scale.y(tone + spread)}" for x, tone, spread in judged]
    lower = [f"{x},{scale.y(tone - spread)}" for x, tone, spread in reversed(judged)]
    yield f'<polygon class="spread" points="{" ".join([*upper, *lower])}"/>'
    yield f'<polyline class="tone" points="{" ".join(f"{x},{scale.y(tone)}" for x, tone, _ in judged)}"/>'
    yield "".join(f'<circle class="dot" cx="{x}" cy="{scale.y(tone)}" r="1.7"/>' for x, tone, _ in judged)


def _alert(alert: Raised, lane: int, scale: Scale, duration_s: float) -> Iterator[str]:
    """A thin line from the dated onset to the firing, then a bar up to the end of the alert."""
    kind, y = alert.verdict or "unscored", 10 + lane * _LANE
    onset, fired = scale.x(alert.onset_s), scale.x(alert.fired_s)
    end = scale.x(duration_s if alert.resolved_s is None else alert.resolved_s)
    told = f"dated {alert.onset_s:.1f} s, fired {alert.fired_s:.1f} s"
    if alert.resolved_s is not None:
        told += f", {alert.resolved_by.replace('_', ' ')} {alert.resolved_s:.1f} s"
    title = escape(". ".join(filter(None, [told, alert.why, alert.sentence])))
    yield f'<g class="alert {kind}"><title>{title}</title>'
    yield f'<path class="dated" d="M{onset - 3.5} {y - 4}h7l-3.5 7z"/>'
    yield f'<line class="waiting" x1="{onset}" x2="{fired}" y1="{y}" y2="{y}"/>'
    yield f'<rect class="open" x="{fired}" y="{y - 3}" width="{max(end - fired, _FEW_S):.1f}" height="6" rx="2"/>'
    yield f'<line class="fired" x1="{fired}" x2="{fired}" y1="{y}" y2="{HEIGHT - _BOTTOM}"/></g>'


def legend() -> str:
    """What the signs of every picture mean."""
    alert = (
        '<g class="alert {}"><path class="dated" d="M0 2h7l-3.5 7z"/><line class="waiting" x1="3.5" x2="13" y1="6" '
        'y2="6"/><rect class="open" x="13" y="3" width="17" height="6" rx="2"/></g>'
    )
    signs = (
        ('<rect class="truth" width="30" height="12"/><line class="onset" y2="12"/>', "truth: degraded"),
        ('<polyline class="tone" points="0,3 10,9 20,5 30,10"/>', "tone"),
        ('<rect class="spread" width="30" height="12"/>', "its spread"),
        ('<line class="fire" x2="30" y1="6" y2="6"/>', "asks to act below"),
        ('<rect class="learning" y="4" width="30" height="4"/>', "caller's usual not known yet"),
        ('<rect class="abstained" y="4" width="30" height="4"/>', "abstained"),
        (alert.format("hit"), "alert: dated onset, fired, until resolved"),
        (alert.format("false"), "false alert"),
    )
    items = (f'<li><svg viewBox="0 0 30 12" aria-hidden="true">{sign}</svg>{text}' for sign, text in signs)
    return f'<ul class="legend">{"".join(items)}</ul>'
