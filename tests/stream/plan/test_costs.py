from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tonewatch.stream.errors import DataError
from tonewatch.stream.plan.costs import Costs, read_costs


def test_the_shipped_costs_say_on_what_machine_and_with_which_commands_they_were_measured() -> None:
    costs = read_costs()
    assert "cores" in costs.machine and any("tonewatch bench" in command for command in costs.commands)
    numbers = [value for value in msgspec.structs.asdict(costs).values() if isinstance(value, int | float)]
    assert min(numbers) >= 0 and costs.listen_ms > costs.intake_ms > 0


def test_costs_of_a_machine_of_ones_own_take_their_place(tmp_path: Path) -> None:
    own = msgspec.structs.replace(read_costs(), machine="8 cores", intake_ms=1.0)
    (tmp_path / "own.json").write_bytes(msgspec.json.encode(own))
    assert read_costs(tmp_path / "own.json") == own


@pytest.mark.parametrize(("text", "said"), [("{}", "machine"), ('{"machin": 1}', "machin")])
def test_what_is_wrong_in_a_file_of_costs_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "own.json").write_text(text)
    with pytest.raises(DataError, match=said):
        read_costs(tmp_path / "own.json")
    with pytest.raises(DataError, match="Cannot read"):
        read_costs(tmp_path / "none.json")


def test_listening_costs_the_chunks_and_the_callers_segments() -> None:
    costs: Costs = msgspec.structs.replace(read_costs(), intake_ms=4.0, caller_segments_per_s=0.2, segment_ms=50.0)
    assert costs.listen_ms == pytest.approx(14.0)
