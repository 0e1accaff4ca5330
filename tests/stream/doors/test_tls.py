from __future__ import annotations

import os
from pathlib import Path

import pytest

from tonewatch.stream.doors.tls import server_certificate
from tonewatch.stream.errors import SettingsError
from tonewatch.stream.local.certificates import Authority, find_openssl

pytestmark = pytest.mark.skipif(find_openssl() is None, reason="no openssl on PATH")


def test_a_certificate_that_was_replaced_is_loaded_again(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    issued, other = authority.issue("door"), authority.issue("other")
    loaded = server_certificate(str(issued.certificate), str(issued.key))
    assert not loaded.look()
    issued.certificate.write_text(other.certificate.read_text())
    os.utime(issued.certificate, ns=(1, 1))
    with pytest.raises(SettingsError, match="no certificate with its key"):
        loaded.look()
    issued.key.write_text(other.key.read_text())
    assert loaded.look() and not loaded.look()


def test_files_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="TONEWATCH_DOOR_CERTIFICATE_FILE"):
        server_certificate(str(tmp_path / "none.pem"), str(tmp_path / "none.key"))
