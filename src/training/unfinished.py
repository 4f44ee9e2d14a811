"""`resume=auto`: resume the newest unfinished run with the same config, or start a new one."""

from collections.abc import Sequence
from typing import Any

from ..builders.epochs import without_epochs
from ..config.given import NOTHING, Given
from ..errors import UserError
from ..runs.checkpoint import Checkpoint
from ..runs.containment import check_links
from ..runs.directory import RunDirectory
from ..runs.lock import ActiveRun, locked
from .changed_data import DataChanged
from .contradictions import check_config
from .result import Result
from .run import default_parent, run, with_absolute_paths
from .saved import plain, validated

UNFINISHED = ("running", "interrupted", "failed")  # running: killed, unless its directory is locked
NOT_COMPARED = ("output_dir", "allow")  # they do not change what is trained


def resume_or_run(
    config: dict[str, Any],
    overrides: Sequence[str],
    *,
    source: Any = None,
    given: Given = NOTHING,
    keep: bool = False,
) -> Result:
    """Resume the newest unfinished run with this config and data, else train in a new directory.

    Runs that are active in another process and runs without a checkpoint are left alone. See `run`.
    """
    for directory in unfinished(config):
        check_links(directory.path)
        try:
            with locked(directory):
                if directory.status() in UNFINISHED:  # another process may have finished it meanwhile
                    last = Checkpoint.read(directory.checkpoint("last"))
                    check_config(directory, last)
                    return run(
                        config,
                        overrides,
                        resume=directory,
                        source=source,
                        given=given,
                        keep=keep,
                        trained_on=last.trained_on,
                        fitted=last.transforms,
                    )
        except (ActiveRun, DataChanged):
            continue
    return run(config, overrides, source=source, given=given, keep=keep)


def unfinished(config: dict[str, Any]) -> list[RunDirectory]:
    """Return the directories of unfinished runs with this config and a checkpoint, the newest first."""
    found = [RunDirectory(path) for path in default_parent(config).glob("*/") if (path / "config.yaml").is_file()]
    found = [each for each in found if each.status() in UNFINISHED and each.checkpoint("last").is_file()]
    found.sort(key=lambda each: each.checkpoint("last").stat().st_mtime, reverse=True)
    return [each for each in found if has_config(each, config)]


def has_config(directory: RunDirectory, config: dict[str, Any]) -> bool:
    """Return whether a run has a config, apart from the location of its outputs."""
    try:
        saved = plain(validated(directory.config(), config["allow"]))
    except UserError:  # damaged, or of another version
        return False
    if saved["data"].get("path") == str(directory.data_copy.resolve()):  # a copy of data from Python
        saved["data"]["path"] = None
    if config["trainer"]["max_epochs"] is None:
        saved = without_epochs(saved)
    return comparable(saved) == comparable(with_absolute_paths(config))


def comparable(config: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that two runs must have in common."""
    return {key: value for key, value in config.items() if key not in NOT_COMPARED}
