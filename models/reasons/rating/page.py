"""A sheet as one HTML file: read, click, save the scores. It fetches nothing."""

from __future__ import annotations

from html import escape
from importlib import resources

from tonewatch.models.pages.document import html_page, style_sheet
from tonewatch.models.reasons.rating.scores import DIMENSIONS, Dimension
from tonewatch.models.reasons.rating.sheet import Item, Sheet
from tonewatch.workers.reasons.prompt import render

PACKAGE = "tonewatch.models.reasons.rating"

ASKS: dict[Dimension, str] = {
    "factual": "Every statement agrees with the facts, quotations are plausible speech, nothing contradicts itself",
    "interpretative": "What the cues mean together, how words and voice fit or clash, why this emotion and no other",
    "completeness": "The telling cues are named, none of weight is left out, nothing is idle",
    "fluency": "Coherent natural English in a sensible order, that you would trust",
    "useful": "After three seconds you know what happened and whether to step in",
}


def sheet_page(sheet: Sheet) -> str:
    asks = "".join(f"<dt>{name}<dd>{escape(text)}." for name, text in ASKS.items())
    body = (
        "<h1>Reasons to rate</h1>"
        "<p class=about>Each text tells a supervisor what happened to a caller's voice. Give 1 (bad) to 5 (good) "
        "in each line; leave out what you cannot judge. Then save the scores.</p>"
        f"<dl>{asks}</dl>"
        f'<form data-sheet="{escape(sheet.sheet)}">'
        "<p><label>Your name or a code <input name=rater required></label> "
        '<label>You are <input name=rated_by required list=kinds placeholder="a person"></label>'
        "<datalist id=kinds><option>a person</datalist></p>"
        f"{''.join(_card(item) for item in sheet.items)}"
        "<p class=save><button>Save the scores</button> <output></output></p></form>"
    )
    script = (resources.files(PACKAGE) / "sheet.js").read_text(encoding="utf-8")
    return html_page("Reasons to rate", style_sheet(PACKAGE, "sheet.css"), "<main>", body, "</main>", script=script)


def _card(item: Item) -> str:
    rows = "".join(_row(item.id, name) for name in DIMENSIONS)
    return (
        f'<article data-id="{item.id}"><h2>{item.id} <small>{item.kind} at {_clock(item.facts.at_ms)}</small></h2>'
        f"<p class=text>{escape(item.text)}</p>"
        f"<details><summary>what was measured</summary><pre>{escape(render(item.facts))}</pre>{_said(item)}</details>"
        f"{rows}<label class=note>Note <input name={item.id}.note></label></article>"
    )


def _row(item_id: str, dimension: Dimension) -> str:
    choices = "".join(
        f"<label><input type=radio name={item_id}.{dimension} value={points}>{points}</label>" for points in range(1, 6)
    )
    return f"<fieldset><legend>{dimension}</legend>{choices}</fieldset>"


def _said(item: Item) -> str:
    """The words in full: the facts that a model is given hold only the beginning of them."""
    said = "".join(f"<li>{_clock(quote.start_ms)} {escape(quote.text)}" for quote in item.facts.quotes)
    return f"<p>Said, as recognised:</p><ul>{said}</ul>" if said else "<p>No words were recognised.</p>"


def _clock(at_ms: int) -> str:
    minutes, seconds = divmod(at_ms // 1000, 60)
    return f"{minutes}:{seconds:02d}"
