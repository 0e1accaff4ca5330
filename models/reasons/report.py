"""The report: the metrics side by side, and fifty reasons as they were given, none edited."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tonewatch.models.output import write_file
from tonewatch.models.pages.document import html_page, style_sheet
from tonewatch.models.reasons.asking import ExplainedMoment
from tonewatch.models.reasons.reason_metrics import ReasonMetrics
from tonewatch.models.reasons.record import SHOWN, shown
from tonewatch.workers.reasons.prompt import render

PAGE, STYLE = "index.html", "report.css"
PRINTED = 50


@dataclass(frozen=True)
class Page:
    """`compared`: metrics by explainer; `found`: the records of the first one."""

    about: str
    compared: Mapping[str, ReasonMetrics]
    found: Sequence[ExplainedMoment]


def write_report(folder: Path, page: Page) -> Path:
    """Writes `index.html`; nothing else is needed to read it.

    Raises:
        StoreError: the folder cannot be written.
    """
    write_file(folder / PAGE, html(page).encode(), "the report", "--report")
    return folder / PAGE


def html(page: Page) -> str:
    body = [
        "<h1>Reasons: are they true, and do they decide</h1>",
        f"<p class=about>{escape(page.about)}. Claims are judged by the claim checker; every text below is printed as "
        "it was given, in the order of the calls, the ones that fell back on the facts included.</p>",
        *_table(page.compared),
        f"<h2>{min(PRINTED, len(page.found))} reasons, none edited</h2>",
        *(_card(one) for one in printed(page.found)),
    ]
    style = style_sheet("tonewatch.models.reasons", STYLE)
    return html_page("Reasons report", style, "<main>", "\n".join(body), "</main>")


def printed(found: Sequence[ExplainedMoment]) -> list[ExplainedMoment]:
    """PRINTED records, evenly over all moments, whatever their outcome."""
    if len(found) <= PRINTED:
        return list(found)
    return [found[round(n * (len(found) - 1) / (PRINTED - 1))] for n in range(PRINTED)]


def _table(compared: Mapping[str, ReasonMetrics]) -> Iterator[str]:
    heads = "".join(f"<th scope=col>{escape(name)}" for name in ("", *compared))
    yield f"<div class=wide><table><thead><tr>{heads}</thead><tbody>"
    for name in SHOWN:
        cells = "".join(f"<td>{shown(getattr(one, name))}" for one in compared.values())
        yield f"<tr><th scope=row>{escape(name)}{cells}</tr>"
    yield "</tbody></table></div>"


def _card(one: ExplainedMoment) -> str:
    rationale = one.rationale
    truth = {True: "degraded", False: "not degraded", None: "no truth known"}[one.asked.degraded]
    wrote = rationale.source + (f", {rationale.fallback}" if rationale.fallback else "")
    claims = "".join(
        f'<li class="{claim.verdict}">{escape(claim.text)} <small>{claim.verdict}</small>'
        for claim in rationale.claims
        if claim.verdict != "true"
    )
    return (
        f"<article><h3>{escape(one.asked.call)} <small>{one.facts.at_ms / 1000:.1f} s, {one.asked.kind}</small></h3>"
        f"<p class=text>{escape(rationale.text)}</p>"
        f"<p class=answer>{rationale.decision}, {escape(rationale.label)}, {rationale.confidence:.1f} "
        f"<small>{escape(wrote)}; truth: {truth}</small></p>"
        + (f"<ul class=claims>{claims}</ul>" if claims else "")
        + f"<details><summary>facts and what was written</summary><pre>{escape(render(one.facts))}</pre>"
        f"<pre>{escape(one.written)}</pre></details></article>"
    )
