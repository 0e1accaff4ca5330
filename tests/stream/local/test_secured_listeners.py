from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.stream.local.certificates import find_openssl
from tonewatch.stream.local.secured_listeners import with_new_users


@pytest.mark.skipif(find_openssl() is None, reason="no openssl on PATH")
def test_the_secrets_of_a_cluster_to_try_are_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "secured"
    secured = with_new_users(folder, ["tonewatch-listen", "tonewatch-admin"])
    listen, admin = (folder / name for name in ("tonewatch-listen", "tonewatch-admin"))
    assert listen.read_text().strip() == secured.users["tonewatch-listen"] != admin.read_text().strip()
    assert f'password="{secured.admin_password}"' in (folder / "admin.properties").read_text()
    assert folder.stat().st_mode & 0o077 == 0
    assert {file.stat().st_mode & 0o777 for file in (listen, admin, folder / "admin.properties")} == {0o600}
