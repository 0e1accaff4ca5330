from __future__ import annotations

from tonewatch.models.shipped_weights import folder
from tonewatch.workers.encoder import weights_folder


def test_the_entry_point_names_the_folder_that_the_listener_finds() -> None:
    assert folder() == weights_folder()
    assert (folder() / "full-int8.onnx").is_file()
