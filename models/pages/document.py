"""The frame of a report: one HTML file that fetches nothing and runs nothing."""

from __future__ import annotations

from importlib import resources

from tonewatch.models.pages.svg import tag, words

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(title: str, style: str, *body: str) -> str:
    """A whole document; `style` is a style sheet's text, `body` is markup."""
    head = tag(
        "head",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        tag("title", words(title)),
        f"<style>{style}</style>",
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang='en')}\n"


def style_sheet(package: str, file: str) -> str:
    """The text of a style sheet that lies beside a package's modules."""
    return (resources.files(package) / file).read_text(encoding="utf-8")
