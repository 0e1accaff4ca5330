"""One call as a small plot: its tone, the truth behind it, the alerts above it. SVG, coloured by the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tonewatch.models.degradation.outcome import Outcome, Point, Raised
from tonewatch.models.pages.svg import Axes, line, plot, tag, text, words

WIDTH, HEIGHT = 560.0, 168.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 26.0, 8.0, 30.0, 22.0
_FLOOR = HEIGHT - _BOTTOM
_LANE = 9.0
_LEAST_WIDTH = 2.0
_STEPS_S = (10, 20, 60, 120, 300)
_MOST_TICKS = 9


@dataclass(frozen=True)
class Scale:
    """Seconds and tone in the plot's units; values outside the plot are moved to its edge."""

    duration_s: float

    @property
    def _axes(self) -> Axes:
        return Axes(_LEFT, _TOP, WIDTH - _RIGHT, _FLOOR, x=(0.0, max(self.duration_s, 1e-9)), y=(-1.0, 1.0))

    def x(self, seconds: float) -> float:
        return round(self._axes.at(min(max(seconds, 0.0), self.duration_s), 0.0)[0], 1)

    def y(self, tone: float) -> float:
        return round(self._axes.at(0.0, min(max(tone, -1.0), 1.0))[1], 1)


def chart(call: Outcome, fire: float) -> str:
    """The plot of one call; `fire` is the tone under which an alert asks to act."""
    scale = Scale(call.duration_s)
    parts = [
        *_truth(call, scale),
        *_abstentions(call, scale),
        *_axes(scale, fire),
        *_tone(call.tone, scale),
        # Alerts alternate between two lanes, so that one that follows another at once does not cover it.
        *(_alert(alert, number % 2, scale, call.duration_s) for number, alert in enumerate(call.alerts)),
    ]
    return plot(HEIGHT, _label(call), *parts, width=WIDTH)


def _label(call: Outcome) -> str:
    stretch = call.stretch
    truth = f"degraded from {stretch[0]:.0f} to {stretch[1]:.0f} s" if stretch else "nothing degrades"
    return f"Tone of {call.file}, {call.duration_s:.0f} s; {truth}; {len(call.alerts)} alerts"


def _truth(call: Outcome, scale: Scale) -> Iterator[str]:
    if (stretch := call.stretch) is None:
        return
    start, end = scale.x(stretch[0]), scale.x(stretch[1])
    yield tag("rect", class_="truth", x=start, y=_TOP, width=end - start, height=_FLOOR - _TOP)
    yield line(start, _TOP, start, _FLOOR, class_="onset")


def _abstentions(call: Outcome, scale: Scale) -> Iterator[str]:
    """Until when the caller's baseline was unknown, and where the monitor abstained for another reason."""
    ready = scale.x(call.duration_s if call.ready_s is None else call.ready_s)
    yield tag("rect", class_="learning", x=_LEFT, y=_FLOOR - 4, width=ready - _LEFT, height=4)
    for point in call.tone:
        if point.abstained and point.abstained != "learning_baseline":
            start, end = scale.x(point.start_s), scale.x(point.end_s)
            title = tag("title", words(point.abstained))
            yield tag("rect", title, class_="abstained", x=start, y=_FLOOR - 4, width=max(end - start, 1.0), height=4)


def _axes(scale: Scale, fire: float) -> Iterator[str]:
    for tone, kind in ((0.0, "zero"), (fire, "fire")):
        yield line(_LEFT, scale.y(tone), WIDTH - _RIGHT, scale.y(tone), class_=kind)
    for tone, label in ((1.0, "+1"), (0.0, "0"), (-1.0, "\u22121")):
        yield text(_LEFT - 5, scale.y(tone) + 3.5, label, class_="tick", text_anchor="end")
    step_s = next((step for step in _STEPS_S if scale.duration_s / step <= _MOST_TICKS), 600)
    for second in range(0, int(scale.duration_s) + 1, step_s):
        x = scale.x(second)
        yield line(x, _FLOOR, x, _FLOOR + 3, class_="mark")
        yield text(x, HEIGHT - 7, second, class_="tick", text_anchor="middle")


def _tone(points: Sequence[Point], scale: Scale) -> Iterator[str]:
    """The tone line over the segments that were judged, within its spread."""
    judged = [(scale.x(p.end_s), p.tone, p.spread) for p in points if p.tone is not None]
    if not judged:
        return
    # The band's outline: along the upper edge to the right, back along the lower edge.
    upper = [f"{x},{scale.y(tone + spread)}" for x, tone, spread in judged]
    lower = [f"{x},{scale.y(tone - spread)}" for x, tone, spread in reversed(judged)]
    yield tag("polygon", class_="spread", points=" ".join([*upper, *lower]))
    yield tag("polyline", class_="tone", points=" ".join(f"{x},{scale.y(tone)}" for x, tone, _ in judged))
    yield from (tag("circle", class_="dot", cx=x, cy=scale.y(tone), r=1.7) for x, tone, _ in judged)


def _alert(alert: Raised, lane: int, scale: Scale, duration_s: float) -> str:
    """A thin line from the dated onset to the firing, then a bar up to the end of the alert."""
    y = 10.0 + lane * _LANE
    onset, fired = scale.x(alert.onset_s), scale.x(alert.fired_s)
    end = scale.x(duration_s if alert.resolved_s is None else alert.resolved_s)
    times = f"dated {alert.onset_s:.1f} s, fired {alert.fired_s:.1f} s"
    if alert.resolved_s is not None:
        times += f", {alert.resolved_by.replace('_', ' ')} {alert.resolved_s:.1f} s"
    title = ". ".join(filter(None, [times, alert.why, alert.sentence]))
    return tag(
        "g",
        tag("title", words(title)),
        tag("path", class_="dated", d=f"M{onset - 3.5:.1f} {y - 4:.1f}h7l-3.5 7z"),
        line(onset, y, fired, y, class_="waiting"),
        tag("rect", class_="open", x=fired, y=y - 3, width=max(end - fired, _LEAST_WIDTH), height=6, rx=2),
        line(fired, y, fired, _FLOOR, class_="fired"),
        class_=f"alert {alert.verdict or 'unscored'}",
    )


def _alert_sign(verdict: str) -> str:
    return tag(
        "g",
        tag("path", class_="dated", d="M0 2h7l-3.5 7z"),
        line(3.5, 6, 13, 6, class_="waiting"),
        tag("rect", class_="open", x=13, y=3, width=17, height=6, rx=2),
        class_=f"alert {verdict}",
    )


def legend() -> str:
    """The meaning of every sign in the plots."""
    signs = (
        (tag("rect", class_="truth", width=30, height=12) + line(0, 0, 0, 12, class_="onset"), "truth: degraded"),
        (tag("polyline", class_="tone", points="0,3 10,9 20,5 30,10"), "tone"),
        (tag("rect", class_="spread", width=30, height=12), "its spread"),
        (line(0, 6, 30, 6, class_="fire"), "asks to act below"),
        (tag("rect", class_="learning", y=4, width=30, height=4), "caller's baseline not known yet"),
        (tag("rect", class_="abstained", y=4, width=30, height=4), "abstained"),
        (_alert_sign("hit"), "alert: dated onset, fired, until resolved"),
        (_alert_sign("false"), "false alert"),
    )
    entries = (
        tag("li", tag("svg", sign, viewBox="0 0 30 12", aria_hidden="true"), words(label)) for sign, label in signs
    )
    return tag("ul", *entries, class_="legend")
