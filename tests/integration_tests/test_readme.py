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
    "respx": "respx",
    "vcr": "vcr",
}
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{number}")
    for page in (README, *sorted((ROOT / "docs").glob("*.md")))
    for number, block in enumerate(BLOCK.findall(page.read_text("utf-8")))
    if re.search(r"\b(langchain_ionos|llama_index_ionos|ionos_model_hub)\b", block)
]


def arguments(block: str, folder: Path) -> list[str]:
    """Return the arguments of Python that run a block, or the tests in it."""
    if "def test_" not in block:
        return ["-c", block]
    path = folder / "test_block.py"
    path.write_text(block, "utf-8")
    loop_scope = "asyncio_default_fixture_loop_scope=function"  # or pytest-asyncio warns
    return ["-m", "pytest", "-q", "-o", loop_scope, str(path)]


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
    if "httpx_mock" in block:
        pytest.importorskip("pytest_httpx")
    monkeypatch.setenv("PGVECTOR_URL", pgvector_url)
    ran = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", *arguments(block, tmp_path)],
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
    assert len([each for each in commands if each.endswith("pytest -n 4")]) == 1
