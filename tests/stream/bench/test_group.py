from __future__ import annotations

from importlib.metadata import entry_points

from typer.testing import CliRunner

from tonewatch.stream.bench.group import GROUP, gather


def test_every_measurement_that_a_folder_announces_is_a_command() -> None:
    announced = {point.name for point in entry_points(group=GROUP)}
    assert {command.name for command in gather().registered_commands} == announced >= {"kill", "soak", "garbage"}


def test_each_says_in_one_line_what_it_measures() -> None:
    app = gather()
    for command in app.registered_commands:
        shown = CliRunner().invoke(app, [str(command.name), "--help"], env={"TERM": "dumb"})
        assert shown.exit_code == 0 and command.callback is not None and command.callback.__doc__
