from __future__ import annotations

import io
import json
from pathlib import Path

from rich.console import Console

from tonewatch.models.reasons.reason_metrics import reason_metrics
from tonewatch.models.reasons.record import document, show, write_json
from tonewatch.stream.messages import FactsTable

from .conftest import honest, records, replied, stubborn


def test_the_record_of_a_run_has_every_key_that_is_promised(tables: dict[str, FactsTable]) -> None:
    found = records(honest, tables)
    main = reason_metrics(found, replied(honest, tables))
    written = document(main, {"known": main}, found)
    promised = {"rationales", "claims", "alignment_raw", "alignment_shown", "model_share", "answer_accuracy", "texts"}
    assert promised | {"flip_rate", "stay_rate", "completeness", "seconds_p50"} <= set(written)
    texts = written["texts"]
    assert isinstance(texts, list)
    assert {"call_id", "facts", "text", "source", "claims"} <= set(texts[0])


def test_the_file_holds_every_variant(tables: dict[str, FactsTable], tmp_path: Path) -> None:
    found = records(honest, tables)
    main = reason_metrics(found)
    write_json(tmp_path / "out.json", main, {"small": main, "base": reason_metrics([])}, found)
    written = json.loads((tmp_path / "out.json").read_text())
    assert {name: one["rationales"] for name, one in written["variants"].items()} == {"small": 3, "base": 0}


def test_the_terminal_has_a_column_for_each_explainer_and_names_the_fallbacks(tables: dict[str, FactsTable]) -> None:
    console = Console(file=io.StringIO(), width=120)
    show(
        console, {"honest": reason_metrics(records(honest, tables)), "same": reason_metrics(records(stubborn, tables))}
    )
    assert isinstance(console.file, io.StringIO)
    output = console.file.getvalue()
    assert "honest" in output and "same: 2 contradicts" in output
    assert "-" in next(line for line in output.splitlines() if line.strip().startswith("flip: calm"))
