"""Run directories: made exclusively, and every file in them whole at any moment."""

import json
import logging
import math
import os
import platform
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from .errors import UserError
from .files.paths import expanded

SILENT = ("output_dir", "name", "trainer.threads")  # overrides that do not show in a run's name
KEPT = "data.npz"  # a copy of data that came from Python
NAME_LENGTH = 90  # characters
NAME_BYTES = 220  # in UTF-8; file systems take 255, time stamp and suffix included


def run_name(choices: dict[str, Any], overrides: Sequence[str]) -> str:
    """Return a readable name: model-data, then what was overridden."""
    parts = [str(choices.get("model")), str(choices.get("data"))]
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if key not in ("model", "data", "experiment", *SILENT):
            parts.append(f"{key.rpartition('.')[2]}={value}")
    return readable("-".join(parts))


def readable(name: str) -> str:
    """Return a name that is short and safe in a path, without quotation marks."""
    safe = re.sub(r"[^\w.=,-]+", "_", re.sub(r"['\"]", "", name))[:NAME_LENGTH]
    return safe.encode()[:NAME_BYTES].decode(errors="ignore").strip("-_,.")


def create(parent: Path, name: str) -> Path:
    """Make `parent/name-time-suffix`, which nobody else has. Raises UserError if that cannot be written."""
    parent = expanded(parent)
    stamp = time.strftime("%m%d-%H%M%S")
    while True:
        path = parent / f"{name}-{stamp}-{secrets.token_hex(2)}"
        try:
            parent.mkdir(parents=True, exist_ok=True)
            path.mkdir()
        except FileExistsError as error:
            if not parent.is_dir():
                raise UserError(f"output_dir {parent} is not a directory") from error
        except OSError as error:
            raise UserError(f"cannot write to output_dir {parent}: {error.strerror}") from error
        else:
            return path


def describe(directory: Path, config: dict[str, Any], overrides: Sequence[str]) -> None:
    """Write what is known before training: config, overrides, environment."""
    write(directory / "config.yaml", yaml.safe_dump(config, sort_keys=False))
    write(directory / "overrides.yaml", yaml.safe_dump(list(overrides)))
    write_json(directory / "env.json", environment())


def environment() -> dict[str, Any]:
    """Return versions, commit, machine and command line."""
    import torch

    packages = ("torch", "torchvision", "pytorch-lightning", "hydra-core", "numpy", "scikit-learn")
    return {
        "nnzoo": version("nnzoo"),
        "commit": commit(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "platform": platform.platform(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "threads": torch.get_num_threads(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
    }


def commit() -> str | None:
    """Return the commit of the source tree, marked + if it was changed since, None outside a repository."""
    here = Path(__file__).parent
    git = ["git", "-C", str(here)]
    try:
        head = subprocess.run([*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True)
        changes = subprocess.run(
            [*git, "status", "--porcelain", "-uno", "--", ".", "../configs"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changes.stdout.strip() else "")


def set_status(directory: Path, status: str, message: str = "") -> None:
    """Write `status.json`: running, done, failed, diverged or interrupted."""
    write_json(directory / "status.json", {"status": status, "message": message, "time": time.time()})


def status(directory: Path) -> str:
    """Return the status of a run, `unknown` without one."""
    try:
        return str(json.loads((directory / "status.json").read_text())["status"])
    except (OSError, ValueError, KeyError):
        return "unknown"


def read_config(directory: Path) -> dict[str, Any]:
    """Return the resolved config of a run. Raises UserError if there is none."""
    path = directory / "config.yaml"
    if not path.is_file():
        where = "is not a run directory (no config.yaml)" if directory.is_dir() else "does not exist"
        raise UserError(f"{directory} {where}")
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UserError(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
    if not isinstance(config, dict):
        raise UserError(f"{path} is not the config of a run")
    return config


def results(directory: Path) -> dict[str, dict[str, float]]:
    """Return `results.json` of a run, empty if there is none yet; what was not finite is NaN."""
    path = directory / "results.json"
    found: dict[str, dict[str, float]] = undefined(json.loads(path.read_text())) if path.is_file() else {}
    return found


def write_json(path: Path, value: Any) -> None:
    """Write JSON atomically. It has no NaN and no infinities; they become null."""
    write(path, json.dumps(defined(value), indent=2, allow_nan=False) + "\n")


def defined(node: Any) -> Any:
    """Return plain data with None for each number that is not finite."""
    if isinstance(node, dict):
        return {key: defined(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [defined(value) for value in node]
    return None if isinstance(node, float) and not math.isfinite(node) else node


def undefined(node: Any) -> Any:
    """Return plain data whose leaves are numbers, with NaN for each None."""
    if isinstance(node, dict):
        return {key: undefined(value) for key, value in node.items()}
    if isinstance(node, list):
        return [undefined(value) for value in node]
    return math.nan if node is None else node


def write(path: Path, text: str) -> None:
    """Write a file atomically."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def logged(directory: Path) -> Iterator[None]:
    """Append log records, and the traceback where a run ends with an exception, to its `run.log`."""
    handler = Log(directory / "run.log", encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    except BaseException:
        record = ("nnzoo", logging.ERROR, __file__, 0, "the run ended with an exception", (), sys.exc_info())
        handler.handle(logging.LogRecord(*record))  # to no other handler: the user gets one line
        raise
    finally:
        root.removeHandler(handler)
        handler.close()


class Log(logging.FileHandler):
    """A log that a full disk does not turn into noise on the terminal."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Leave it."""
