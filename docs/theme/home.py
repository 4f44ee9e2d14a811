"""Hooks of MkDocs: README.md is the first page of the site, CONTRIBUTING.md another one; links follow."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
OUTSIDE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md"}  # in the clone -> in the site


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages from outside of docs/."""
    for name, path in OUTSIDE.items():
        text = (
            (ROOT / name)
            .read_text(encoding="utf-8")
            .replace("](docs/", "](")
            .replace("](CONTRIBUTING", "](contributing")
        )
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Point links to files outside of docs/ to their pages."""
    for name, path in OUTSIDE.items():
        markdown = re.sub(rf"\]\((\.\./)((?:\.\./)*){re.escape(name)}", rf"](\2{path}", markdown)
    return markdown
