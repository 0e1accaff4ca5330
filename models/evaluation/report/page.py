"""The report of an evaluation: one section per question."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tonewatch.models.evaluation.record import Evaluation, Standing
from tonewatch.models.evaluation.report import tables
from tonewatch.models.evaluation.report.bars import Bar, bars
from tonewatch.models.evaluation.report.calibration import calibration
from tonewatch.models.evaluation.report.confusion import confusion
from tonewatch.models.evaluation.report.curves import coverage, roc
from tonewatch.models.evaluation.results import Answers, Result
from tonewatch.models.output import write_file
from tonewatch.models.pages.document import html_page, style_sheet
from tonewatch.models.pages.svg import figure, tag, words
from tonewatch.models.pages.wording import interval, milliseconds, short

FEW_VOICES = 10
_ALL = "all clips"

HOW = (
    ("recall", "Unweighted: the mean over the classes that occur, of the share of a class's clips that were found."),
    (
        "95 %",
        "Bootstrap over speakers, drawn again within each corpus: how far recall would move with other voices of the "
        "same corpora. With few voices it is too narrow.",
    ),
    ("all clips", "Every clip of every manifest together, so a large manifest counts for more."),
    (
        "every clip counts",
        "By its best answer, the abstained ones too. Metrics over the clips that would be judged stand in the JSON "
        "under “answered”.",
    ),
    (
        "abstained",
        "The share of clips that the listener would not judge, by its measures of the audio (too little speech, "
        "noise, clipping, no voice) or because the model itself is uncertain.",
    ),
    ("angry AUC", "The probability that a clip of an angry voice gets more of “angry” than another clip."),
    ("ECE", "Expected calibration error: confidence against accuracy of the best answer, ten bins of equal width."),
    (
        "long clips",
        "Over 10 s: cut into equal pieces, each described, their answers averaged by how much of the speech they hold.",
    ),
    ("ms a clip", "Front end and model, one clip at a time on this machine; without reading the file and the line."),
)  # fmt: skip


def write_page(found: Evaluation, file: Path) -> None:
    write_file(file, page(found).encode(), "the report", "--report")


def page(found: Evaluation) -> str:
    """A whole document: style and plots inside, nothing fetched, nothing run."""
    title = f"Emotion of {found.subject.name}, {found.subject.band} band"
    sections = (_header, _manifests, _rows, _confusions, _classes, _curves, _calibration, _left_out, _how)
    return html_page(title, style_sheet(__package__, "style.css"), *(section(found) for section in sections))


def _header(found: Evaluation) -> str:
    subject, whole = found.subject, found.main.overall
    about = f"{words(subject.name)}, version {tag('code', words(subject.version))}, {words(subject.file)}; "
    band = {"phone": "over a telephone line: mu-law at 8 kHz", "wide": "in the wide band, as recorded"}[subject.band]
    parts = [tag("h1", words("How well emotion is recognised")), tag("p", about + words(band) + ".")]
    if whole is not None:
        parts.append(_tiles(whole))
    return tag("header", *parts, _cautions(found))


def _tiles(whole: Result) -> str:
    answered = whole.answered.unweighted_recall
    ms = milliseconds(whole.seconds_per_clip)
    return tag(
        "dl",
        _tile(
            "unweighted recall",
            short(whole.unweighted_recall, 3),
            f"95 %: {interval(whole.unweighted_recall_interval)}",
        ),
        _tile("angry against the rest", short(whole.angry_auc, 3), "area under the curve"),
        _tile("calibration error", short(whole.ece, 3), "0 is best"),
        _tile("abstained", f"{100 * whole.abstained:.1f} %", f"recall of the others {short(answered, 3)}"),
        _tile("time a clip", f"{ms} ms", "one thread"),
        _tile("clips", f"{whole.clips:,}", f"{whole.speakers} voices"),
        class_="tiles",
    )


def _tile(name: str, value: str, note: str) -> str:
    return tag("div", tag("dt", words(name)), tag("dd", words(value), tag("small", words(note))))


def _cautions(found: Evaluation) -> str:
    cautions = []
    answers = _answers(found)
    known = sorted(set(found.subject.trained_on) & set(answers.corpora.tolist()))
    if found.subject.folded:
        cautions.append("Speakers named in the file of folds were judged by encoders trained without their voices.")
    elif known:
        cautions.append(
            f"The model's file says that it was trained on {', '.join(known)}. Where these voices were among them, the "
            "metrics of the model are flattering; those of the reference systems are not."
        )
    few = [name for name, one in found.main.manifests.items() if 0 < one.speakers < FEW_VOICES]
    if few:
        cautions.append(f"Fewer than {FEW_VOICES} voices in {', '.join(few)}: the intervals are too narrow there.")
    if (answers.speakers == "").any():
        cautions.append("Some clips name no speaker: they count as one voice of their corpus.")
    return tag("ul", *(tag("li", words(one)) for one in cautions), class_="caution") if cautions else ""


def _manifests(found: Evaluation) -> str:
    about = found.main.row.about
    return _section("By manifest", f"{about[:1].upper()}{about[1:]}.", tables.manifests(found))


def _rows(found: Evaluation) -> str:
    if len(found.rows) == 1:
        return ""
    about = (
        "Unweighted recall; lines are 95 % intervals over speakers. Rows that know the speaker’s other clips, earlier "
        "and later ones, answer an easier question. Reference systems were not trained on the voices that they are "
        "tested on."
    )
    keys = (
        ("main", "the model"),
        ("beside", "knowing the speaker"),
        ("reference", "a reference system"),
        ("knowing", "one that knows the speaker"),
    )
    names = [(_ALL, _overall), *((name, _of(name)) for name in found.sets)]
    plots = [figure(name, _compared(found, name, get)) for name, get in (names if len(found.sets) > 1 else names[:1])]
    legend = tag("ul", *(_key(kind, name) for kind, name in keys), class_="keys")
    grid = tag("div", *plots, class_="grid")
    return _section("Beside the reference systems", about, legend, grid, tables.standings(found))


def _compared(found: Evaluation, name: str, get: Callable[[Standing], Result | None]) -> str:
    drawn = [_standing_bar(one, get(one), _kind(found, one)) for one in found.rows]
    values = ", ".join(f"{bar.name} {short(bar.value, 3)}" for bar in drawn)
    return bars(drawn, f"Unweighted recall on {name}: {values}", chance_level=_chance_level(found, get))


def _standing_bar(one: Standing, result: Result | None, kind: str) -> Bar:
    if result is None:
        return Bar(one.row.name, None, missing=f"not there: {one.row.missing}")
    return Bar(one.row.name, result.unweighted_recall, kind, result.unweighted_recall_interval)


def _kind(found: Evaluation, one: Standing) -> str:
    if one in found.references:
        return "knowing" if one.row.knows_speaker else "reference"
    return "beside" if one.row.knows_speaker else "main"


def _chance_level(found: Evaluation, get: Callable[[Standing], Result | None]) -> float | None:
    """Unweighted recall of random guessing: one over the number of classes that occur."""
    whole = get(found.main)
    occurring = sum(any(row) for row in whole.confusion) if whole else 0
    return 1.0 / occurring if occurring else None


def _confusions(found: Evaluation) -> str:
    plots = [
        figure(
            name,
            confusion(one.confusion, one.classes, f"Confusion matrix of {name}"),
            f"recall {short(one.unweighted_recall, 3)}",
        )
        for name, one in _results(found)
        if one.clips
    ]
    about = "A row per true class, a column per answer; percent of the row, and clips."
    return _section("What is taken for what", about, tag("div", *plots, class_="grid"))


def _classes(found: Evaluation) -> str:
    plots = []
    for class_ in _answers(found).classes:
        drawn = [
            Bar(name, one.recall[class_], "main", tick=one.precision[class_])
            for name, one in _results(found)
            if one.clips
        ]
        values = ", ".join(f"{bar.name} {short(bar.value)}" for bar in drawn)
        plots.append(figure(class_, bars(drawn, f"Recall of {class_}: {values}")))
    about = (
        "Bars: the share of its clips that was found (recall). Marks: the share of such answers that is right "
        "(precision)."
    )
    return _section("Each emotion", about, tag("div", *plots, class_="grid pairs"))


def _curves(found: Evaluation) -> str:
    sets, plots = _sets(found), []
    angry = roc(sets, "angry") if "angry" in _answers(found).classes else ""
    if angry:
        plots.append(figure("angry against the rest", angry, "area under the curve"))
    plots.append(figure("recall, the surest answered first", coverage(sets), "with half of the clips"))
    about = (
        "How many angry clips are found for how many false alarms, as the threshold on “angry” moves; and what recall "
        "would be if only the surest answers were given."
    )
    return _section("Where to draw the line", about, tag("div", *plots, class_="grid pairs"))


def _calibration(found: Evaluation) -> str:
    plots = [
        figure(name, calibration(answers, f"Reliability of {name}"), f"ECE {short(_result(found, name).ece, 3)}")
        for name, answers in _sets(found)
    ]
    about = (
        "Above: accuracy of the answers of a confidence; on the dashed line the model is calibrated, under it "
        "overconfident. A dot's area is its number of clips. Below: clips by confidence, wrong answers red."
    )
    return _section("Is its confidence calibrated?", about, tag("div", *plots, class_="grid"))


def _left_out(found: Evaluation) -> str:
    drawn = tables.left_out(found)
    return _section("Left out", "Clips of the manifests that are in no metric.", drawn) if drawn else ""


def _how(found: Evaluation) -> str:
    entries = [tag("dt", words(name)) + tag("dd", words(meaning)) for name, meaning in HOW]
    return _section("How it was measured", "", tag("dl", *entries, class_="how card"))


def _section(title: str, about: str, *children: str) -> str:
    return tag("section", tag("h2", words(title)), tag("p", words(about)) if about else "", *children)


def _key(kind: str, name: str) -> str:
    return tag("li", tag("i", class_=f"key {kind}"), words(name))


def _answers(found: Evaluation) -> Answers:
    answers = found.main.row.answers
    assert answers is not None, "the model itself is never missing"
    return answers


def _sets(found: Evaluation) -> list[tuple[str, Answers]]:
    """All clips first, then each manifest of which some could be read; one alone is not drawn twice."""
    answers = _answers(found)
    each = [(name, answers.of_set(name)) for name, one in found.main.manifests.items() if one.clips]
    return [(_ALL, answers), *each] if len(each) > 1 else each


def _results(found: Evaluation) -> list[tuple[str, Result]]:
    return [(name, _result(found, name)) for name, _ in _sets(found)]


def _result(found: Evaluation, name: str) -> Result:
    whole = found.main.overall
    assert whole is not None
    return whole if name == _ALL and name not in found.main.manifests else found.main.manifests[name]


def _overall(one: Standing) -> Result | None:
    return one.overall


def _of(name: str) -> Callable[[Standing], Result | None]:
    return lambda one: one.manifests.get(name)
