from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tonewatch.dashboard.alert_load import Budget
from tonewatch.dashboard.budgets import LOOK_EVERY_S, Budgets, BudgetsWatch, read_budgets
from tonewatch.stream.errors import SettingsError

if TYPE_CHECKING:
    from tests.conftest import Clock

TEXT = """\
version: 1
all: {alerts_an_hour: 12}
teams:
  north: {queues: [billing, "cards-*"], supervisors: 2}
queues:
  cards-gold: {alerts_an_hour: 6, supervisors: 3}
  test: {alerts_an_hour: 0}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "budgets.yaml"
    made.write_text(TEXT)
    return made


def test_a_queue_has_what_is_said_of_all_then_of_its_team_then_of_itself(file: Path) -> None:
    of = read_budgets(file).of
    assert [of(queue) for queue in ("other", "billing", "cards-gold", "test")] == [
        Budget(12, 1),
        Budget(12, 2),
        Budget(6, 3),
        Budget(0, 1),
    ]
    assert of("billing").of_queue == 24
    assert Budgets().of("any").of_queue == 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("all: {alert_an_hour: 3}", "line 2: all.alert_an_hour: unknown setting .* did you mean `alerts_an_hour`"),
        ("queues:\n  a: {}\n  b: {supervisors: 0}", "line 4: queues.b.supervisors: expected `int` >= 1"),
        ("teams:\n  north: {supervisors: 2}", "line 3: teams.north: .*queues"),
        ("all: 12", "line 2: all: "),
        ("all: {", "not YAML"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "budgets.yaml"
    file.write_text(f"version: 1\n{line}\n")
    with pytest.raises(SettingsError, match=told):
        read_budgets(file)


def test_a_changed_file_is_followed_and_one_that_broke_leaves_the_budgets_as_they_were(
    file: Path, clock: Clock
) -> None:
    watch = BudgetsWatch(file, clock)
    file.write_text(TEXT.replace("12", "8"))
    assert watch.current().of("other").alerts_an_hour == 12
    clock.now_s += LOOK_EVERY_S
    assert watch.current().of("other").alerts_an_hour == 8
    file.write_text("version: 2")
    clock.now_s += LOOK_EVERY_S
    assert watch.current().of("other").alerts_an_hour == 8
    assert BudgetsWatch(None, clock).current() == Budgets()
