"""The technical file as one HTML document that fetches nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tonewatch.models.pages.document import html_page
from tonewatch.models.pages.svg import tag, words
from tonewatch.models.technical_file.markdown import inline, to_html
from tonewatch.models.technical_file.section import Section, Table

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0; width: 100%; font-size: 13px }
th, td { border: 1px solid #8886; padding: .25rem .5rem; text-align: left; vertical-align: top }
td { overflow-wrap: anywhere }
.open { border-left: 4px solid #c60; padding: .25rem 1rem; margin: 1rem 0 }
pre { overflow-x: auto; font-size: 12px }
"""


def html(sections: Sequence[Section], made_at: str) -> str:
    """`made_at`: when, as it is to be printed."""
    points = [(one.number, point) for one in sections for point in one.open_points]
    summary = tag("p", words(f"Made {made_at} from a running configuration. {len(points)} points are open, as marked."))
    rows = [tag("tr", tag("td", words(number)), tag("td", inline(point))) for number, point in points]
    index = tag("table", tag("tr", tag("th", "part"), tag("th", "open")), *rows) if rows else ""
    title = "Technical documentation (Annex IV, Regulation (EU) 2024/1689)"
    return html_page(title, STYLE, tag("h1", words(title)), summary, index, *(_section(one) for one in sections))


def _section(one: Section) -> str:
    return "".join(
        [
            tag("h2", words(f"{one.number} {one.title}")),
            *(tag("p", inline(text)) for text in one.said),
            *(tag("div", tag("b", "OPEN. "), inline(point), class_="open") for point in one.open_points),
            *(_table(table) for table in one.tables),
            *(tag("h3", words(name)) + to_html(text) for name, text in one.markdown),
        ]
    )


def _table(table: Table) -> str:
    head = tag("tr", *(tag("th", words(cell)) for cell in table.head))
    return tag("table", head, *(tag("tr", *(tag("td", words(cell)) for cell in row)) for row in table.rows))
