"""Plug-ins that are installed for a test, by their metadata in a folder of the path."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from nnzoo.cli import descriptions
from nnzoo.config import catalogue, composition, files, hydra_configs, plugins


def install(site: Path, name: str, points: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the packages in a folder importable, and declare entry points of the group `nnzoo.plugins`."""
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "\n".join(f"{key} = {value}" for key, value in points.items())
    (info / "entry_points.txt").write_text(f"[{plugins.ENTRY_POINTS}]\n{lines}\n")
    monkeypatch.syspath_prepend(site)
    importlib.invalidate_caches()
    forget_plugins()


def forget_plugins() -> None:
    """Let nnzoo find the installed plug-ins again."""
    for found in (
        plugins.plugins,
        files.checked_plugins,
        catalogue.cards,
        composition._composition,
        hydra_configs._own_group_names,
        descriptions.all_options,
    ):
        found.cache_clear()
