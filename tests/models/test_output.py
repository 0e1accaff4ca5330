from __future__ import annotations

from pathlib import Path

import pytest

from tonewatch.models.output import make_folder, write_file
from tonewatch.stream.errors import StoreError


def test_folders_are_made_and_files_written_whole(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    write_file(tmp_path / "a" / "b" / "metrics.json", b"{}", "the metrics", "--json")
    assert (tmp_path / "a" / "b" / "metrics.json").read_bytes() == b"{}"


def test_what_cannot_be_written_is_named_with_the_option_to_choose_another(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot make the folder"):
        make_folder(tmp_path / "file" / "under")
    with pytest.raises(StoreError, match=r"cannot write the metrics to .* name another --json"):
        write_file(tmp_path / "file" / "metrics.json", b"{}", "the metrics", "--json")
