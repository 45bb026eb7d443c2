"""The path of the list of rejects is outside the output, by default next to it."""

from pathlib import Path

import pytest

from ionos_model_hub.cli.common.errors import UsageError
from ionos_model_hub.cli.common.rejects import check_rejects_path, path_beside


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


def test_only_the_folder_of_the_output_is_created(tmp_path: Path) -> None:
    output = tmp_path / "new" / "out"
    check_rejects_path(tmp_path / "new" / "r.jsonl", [output], "ocr")
    with pytest.raises(UsageError, match=r"The folder .*other for .* does not exist"):
        check_rejects_path(tmp_path / "other" / "r.jsonl", [output], "ocr")


def test_path_in_the_output_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is in the output"):
        check_rejects_path(tmp_path / "out" / "r.jsonl", [tmp_path / "out"], "ocr")
