"""Build the parts of the metadata that depend on the address of the repository."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

RELATIVE_LINK = re.compile(r"(!?)(\[[^\]]*\]\()(?!https?:|mailto:|#)([^)\s]+)(?=\))")


def absolute_links(markdown: str, repository: str) -> str:
    """Return a text with its relative links pointing into the repository."""

    def absolute(link: re.Match[str]) -> str:
        view = "raw" if link[1] else "blob"  # an image has to be the file itself
        return f"{link[1]}{link[2]}{repository}/{view}/HEAD/{link[3]}"

    return RELATIVE_LINK.sub(absolute, markdown)


def project_urls(repository: str) -> dict[str, str]:
    """Return the links that package indexes show."""
    files = {"Changelog": "CHANGELOG.md", "Documentation": "README.md#readme"}
    pages = {name: f"{repository}/blob/HEAD/{file}" for name, file in files.items()}
    return {"Repository": repository, "Issues": f"{repository}/issues", **pages}


class RepositoryHook(MetadataHookInterface):
    """Set the description and the URLs of the project."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Change the metadata in place; `repository` is set in pyproject.toml."""
        text = (Path(self.root) / "README.md").read_text("utf-8")
        repository = self.config["repository"].rstrip("/")
        if repository:
            text = absolute_links(text, repository)
            metadata["urls"] = project_urls(repository)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}
