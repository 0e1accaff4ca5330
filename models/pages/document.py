"""The frame of a report: one HTML file that fetches nothing, and runs nothing but a script of its own."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from importlib import resources

from tonewatch.models.pages.svg import tag, words

POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def html_page(title: str, style: str, *body: str, script: str = "") -> str:
    """A whole document; `style` is a style sheet's text, `body` is markup, `script` runs at its end, and none else."""
    head = tag(
        "head",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(script)}">',
        tag("title", words(title)),
        f"<style>{style}</style>",
    )
    run = (f"<script>{script}</script>",) if script else ()
    return f"<!doctype html>\n{tag('html', head, tag('body', *body, *run), lang='en')}\n"


def _policy(script: str) -> str:
    """By the script's own digest, no other script of the page would run."""
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"{POLICY}; script-src 'sha256-{digest}'" if script else POLICY


def style_sheet(package: str, file: str) -> str:
    """The text of a style sheet that lies beside a package's modules."""
    return (resources.files(package) / file).read_text(encoding="utf-8")
