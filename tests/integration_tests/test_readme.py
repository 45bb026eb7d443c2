"""All Python examples in README and docs that use this package run as printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ionos_model_hub.emulator import Emulator

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
HEAVY_PACKAGES = {
    "ray": "ray",
    "chroma": "chromadb",
    "lancedb": "lancedb",
    "qdrant": "qdrant_client",
}
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in (README, *sorted((ROOT / "docs").glob("*.md")))
    for number, block in enumerate(BLOCK.findall(page.read_text("utf-8")))
    if re.search(r"\b(langchain_ionos|llama_index_ionos|ionos_model_hub)\b", block)
]


@pytest.mark.parametrize("block", BLOCKS)
def test_block_runs(
    block: str,
    ionos_emulator_env: Emulator,
    pgvector_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, package in HEAVY_PACKAGES.items():
        if re.search(rf"^(?:from|import) \S*{name}", block, re.MULTILINE):
            pytest.importorskip(package)
    monkeypatch.setenv("PGVECTOR_URL", pgvector_url)
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", "-c", block],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip()
    assert "Warning" not in ran.stderr


def test_readme_has_one_demo_and_one_test_command() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", README.read_text("utf-8"))
    assert len([each for each in commands if each.endswith("ionos-model-hub demo")]) == 1
    assert len([each for each in commands if each.endswith("pytest -n auto")]) == 1
