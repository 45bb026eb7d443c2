"""Model files; those that are models are tested in `tests/integration_tests/local_model`."""

from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator


def test_file_that_is_not_a_model_is_rejected_at_the_start(tmp_path: Path) -> None:
    pytest.importorskip("xllamacpp")
    path = tmp_path / "text.gguf"
    path.write_text("not a model")
    with pytest.raises(ValueError, match=r"text\.gguf cannot be loaded as a model: "):
        Emulator(gguf=path).start()
