"""The default path of the list of rejects is next to the output."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.rejects import path_beside


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("text", "text.rejects.jsonl"),
        ("a/vectors.parquet", "a/vectors.parquet.rejects.jsonl"),
        (".", "../work.rejects.jsonl"),
        ("inner/..", "../work.rejects.jsonl"),
    ],
)
def test_path_is_outside_the_output(
    output: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work" / "inner").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    assert path_beside(Path(output)).resolve() == Path(expected).resolve()


def test_root_folder_is_refused() -> None:
    with pytest.raises(UsageError, match="root folder"):
        path_beside(Path("/"))
