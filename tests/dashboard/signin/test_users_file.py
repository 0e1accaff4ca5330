from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.dashboard.signin.users_file import User, Users, UsersFile, read_users, write_users
from tonewatch.stream.errors import SettingsError


def test_the_file_is_for_its_owner_alone_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "board" / "users.json"
    followed = UsersFile(path)
    assert (len(followed), followed.user("ada")) == (0, None)
    write_users(path, Users(users={"ada": User(role="qa")}))
    assert path.stat().st_mode & 0o777 == 0o600
    assert followed.user("ada") == User(role="qa")


def test_a_file_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    write_users(path, Users())
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod o-rwx"):
        UsersFile(path)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"users": {"ada": {"role": "king"}}}', '{"users": {"a,b": {"role": "qa"}}}']
)
def test_what_is_no_file_of_users_is_named_and_what_was_read_before_goes_on(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "users.json"
    write_users(path, Users(users={"ada": User(role="qa")}))
    followed = UsersFile(path)
    path.write_text(text)
    assert followed.user("ada") is not None and followed.user("ada") is not None
    assert [record.message.startswith("The file of users changed") for record in caplog.records] == [True]
    with pytest.raises(SettingsError, match=r"users\.json"):
        read_users(path)


def test_every_change_of_a_user_changes_its_stamp() -> None:
    users = [User(role="qa"), User(role="admin"), User(role="qa", queues=("a",)), User(role="qa", password="x")]
    assert len({user.stamp for user in users}) == len(users)
