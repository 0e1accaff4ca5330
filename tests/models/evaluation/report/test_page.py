from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tonewatch.models.corpora import EMOTIONS, EMOTIONS8
from tonewatch.models.evaluation.emotion import Unread
from tonewatch.models.evaluation.record import Evaluation, Subject, standing
from tonewatch.models.evaluation.report.page import page, write_page
from tonewatch.models.evaluation.results import Answers, Row

NEVER_CLOSED = {"meta"}
VOID_OF_PAGE = re.compile(r"(?:src|href|url|@import)\s*[=(]", re.IGNORECASE)


class Balanced(HTMLParser):
    """Collects ids, text and elements that were closed in the wrong order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        if tag not in NEVER_CLOSED:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def answers(classes: tuple[str, ...], sets: Sequence[str], clips: int = 60) -> Answers:
    rng = np.random.default_rng(1)
    names = np.repeat(np.array(sets, dtype=np.str_), clips)
    labels = rng.integers(0, len(classes), names.size)
    logits = rng.standard_normal((names.size, len(classes))) + 2.0 * np.eye(len(classes))[labels]
    posteriors = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    speakers = np.array([f"s{index % 4}" for index in range(names.size)], dtype=np.str_)
    abstained = np.where(np.arange(names.size) % 20 == 0, "noisy", "").astype(np.str_)
    return Answers(classes, posteriors, labels, speakers, names, names, abstained, np.full(names.size, 0.03))


def evaluation(classes: tuple[str, ...] = EMOTIONS, sets: tuple[str, ...] = ("one", "two")) -> Evaluation:
    found = answers(classes, sets)
    return Evaluation(
        subject=Subject("made <encoder>", "1", "made.onnx", "phone", trained_on=("one",)),
        sets=sets,
        main=standing(Row("clip alone", "each clip on its own", False, found), sets),
        beside=(standing(Row("own baseline", "against the baseline", True, found), sets),),
        references=(
            standing(Row("frozen encoder", "a support vector machine", False, found), sets),
            standing(Row("words only", "", False, missing="faster-whisper is missing"), sets),
        ),
        unreadable=(Unread("one", "audio/<gone>.flac", "no such file"),),
        unlabelled=dict.fromkeys(sets, 3),
    )


def read(found: Evaluation) -> Balanced:
    parser = Balanced()
    parser.feed(page(found))
    parser.close()
    return parser


def test_the_page_is_one_well_formed_document() -> None:
    parser = read(evaluation())
    assert (parser.wrong, parser.open) == ([], [])


def test_the_page_fetches_and_runs_nothing() -> None:
    text = page(evaluation())
    assert VOID_OF_PAGE.findall(text) == []
    assert "<script" not in text


def test_names_from_outside_are_text() -> None:
    text = " ".join(read(evaluation()).text)
    assert "made <encoder>" in text
    assert "audio/<gone>.flac" in text


def test_every_question_has_its_section() -> None:
    text = " ".join(read(evaluation()).text)
    for title in (
        "By manifest",
        "Beside the reference systems",
        "What is taken for what",
        "Where to draw the line",
        "Left out",
    ):
        assert title in text
    assert "not there: faster-whisper is missing" in text
    assert "it was trained on one" in text


@pytest.mark.parametrize("classes", [EMOTIONS8, ("calm", "excited")])
def test_any_classes_can_be_shown(classes: tuple[str, ...]) -> None:
    parser = read(evaluation(classes, ("only",)))
    assert (parser.wrong, parser.open) == ([], [])
    assert set(classes) <= set(parser.text)
    assert ("angry against the rest" in parser.text[parser.text.index("Each emotion") :]) == ("angry" in classes)


def test_a_manifest_without_a_readable_clip_has_a_line_and_no_plot() -> None:
    sets = ("one", "empty")
    found = answers(EMOTIONS, ("one",))
    text = page(
        Evaluation(
            Subject("made", "1", "made.onnx", "wide"),
            sets,
            standing(Row("clip alone", "", False, found), sets),
            (),
            (),
            (Unread("empty", "a.flac", "no such file"),),
            dict.fromkeys(sets, 0),
        )
    )
    assert '<th scope="row">empty</th>' in text
    assert "Reliability of empty" not in text


@pytest.mark.e2e
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_a_browser_shows_it_whole_at_any_width(chromium: str, tmp_path: Path, width: int, scheme: str) -> None:
    from playwright.sync_api import sync_playwright

    write_page(evaluation(EMOTIONS8, tuple(f"set{number}" for number in range(5))), tmp_path / "index.html")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        asked: list[str] = []
        said: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.goto((tmp_path / "index.html").as_uri())
        widest = tab.evaluate("document.documentElement.scrollWidth")
        narrowest = tab.evaluate("Math.min(...[...document.querySelectorAll('svg')].map(one => one.clientWidth))")
        browser.close()
    assert (len(asked), said) == (1, [])
    assert widest <= width
    assert narrowest > 200
