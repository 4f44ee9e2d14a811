from pathlib import Path

import pytest
from nnzoo.experiments import catalogue


def test_the_catalogue_is_written_to_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(catalogue, "page", lambda: "the page\n")
    for _ in range(2):  # the folder may exist
        assert catalogue.write_catalogue() == Path("docs", "CATALOGUE.md")
    assert Path("docs", "CATALOGUE.md").read_text() == "the page\n"
