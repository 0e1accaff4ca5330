from __future__ import annotations

from tonewatch.models.pages.document import html_page, style_sheet


def test_a_page_has_an_escaped_title_and_lets_nothing_be_fetched() -> None:
    page = html_page("a <b>", "p { margin: 0; }", "<p>one</p>", "<p>two</p>")
    assert "<title>a &lt;b&gt;</title>" in page
    assert "<style>p { margin: 0; }</style>" in page
    assert "<body><p>one</p><p>two</p></body>" in page
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page


def test_every_report_has_its_style_sheet() -> None:
    for package, file in (("degradation", "report.css"), ("evaluation.report", "style.css"), ("reasons", "report.css")):
        assert "color" in style_sheet(f"tonewatch.models.{package}", file)
