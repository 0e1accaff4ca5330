from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from tonewatch.models.reasons.train_reasons_command import explainer


@pytest.mark.parametrize("command", ["sft", "grpo"])
def test_speakers_are_held_out_by_an_option_whose_former_name_is_hidden(command: str) -> None:
    shown = CliRunner().invoke(explainer, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"}).output
    options = set(re.findall(r"--[a-z-]+", shown))
    assert {"--held-out", "--held-out-corpus", "--calls", "--folds"} <= options
    assert not {"--aside", "--aside-corpus"} & options
