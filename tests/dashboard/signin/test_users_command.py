from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tonewatch.dashboard.signin.passwords import Passwords
from tonewatch.dashboard.signin.users_command import users
from tonewatch.dashboard.signin.users_file import read_users
from tonewatch.stream.errors import SettingsError


def run(path: Path, *words: str, typed: str = "") -> str:
    return CliRunner().invoke(users, [*words, "--file", str(path)], input=typed, catch_exceptions=False).output


async def test_a_user_is_added_with_a_hash_of_the_password_that_was_typed(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    run(path, "add", "ada", "--role", "supervisor", "--queues", "sales, billing", typed="a long enough one\n")
    user = read_users(path).users["ada"]
    assert (user.role, user.queues, user.teams) == ("supervisor", ("billing", "sales"), ())
    assert user.password.startswith("$argon2id$") and "long enough" not in path.read_text()
    assert await Passwords().fits("a long enough one", user.password)
    assert not await Passwords().fits("another long one", user.password)


def test_users_are_listed_changed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    run(path, "add", "ada", "--role", "admin", "--no-password")
    assert "ada\tadmin\tall queues\tall teams\tby a proxy" in run(path, "list")
    run(path, "password", "ada", typed="a long enough one\n")
    assert read_users(path).users["ada"].password
    run(path, "remove", "ada")
    assert read_users(path).users == {}


@pytest.mark.parametrize(
    ("words", "typed", "why"),
    [
        (("add", "ada", "--role", "supervisor"), "short\n", "12 to 256"),
        (("add", "ada", "--role", "king"), "a long enough one\n", "choose from"),
        (("add", "a,b", "--role", "qa"), "a long enough one\n", "no comma"),
        (("add", "ada", "--role", "qa", "--queues", ""), "a long enough one\n", "--queues names none"),
        (("add", "ada", "--role", "qa", "--teams", " ,"), "a long enough one\n", "--teams names none"),
        (("password", "nobody"), "a long enough one\n", "no user nobody"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    tmp_path: Path, words: tuple[str, ...], typed: str, why: str
) -> None:
    path = tmp_path / "users.json"
    with pytest.raises(SettingsError, match=why):
        run(path, *words, typed=typed)
    assert not path.exists()
