from __future__ import annotations

import hashlib
from base64 import b64encode

from tonewatch.models.pages.document import html_page, style_sheet


def test_a_page_has_an_escaped_title_and_lets_nothing_be_fetched() -> None:
    page = html_page("a <b>", "p { margin: 0; }", "<p>one</p>", "<p>two</p>")
    assert "<title>a &lt;b&gt;</title>" in page
    assert "<style>p { margin: 0; }</style>" in page
    assert "<body><p>one</p><p>two</p></body>" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_a_page_runs_its_own_script_and_no_other() -> None:
    page = html_page("t", "", "<p>one</p>", script="let one;")
    digest = b64encode(hashlib.sha256(b"let one;").digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in page or f"script-src 'sha256-{digest}'" in page
    assert "script" not in html_page("t", "", "<p>one</p>")


def test_every_report_has_its_style_sheet() -> None:
    for package, file in (("degradation", "report.css"), ("evaluation.report", "style.css"), ("reasons", "report.css")):
        assert "color" in style_sheet(f"tonewatch.models.{package}", file)
