"""Writing of reports."""

from collections.abc import Callable
from pathlib import Path

from ..errors import UserError
from ..files.paths import expand_path
from ..runs.atomic import write
from ..runs.scan import is_sweep

NAME = "report.html"  # in the directory of the run or sweep


def report(directory: str | Path, output: str | Path | None = None) -> Path:
    """Write a static HTML report of a run or a sweep and return its path.

    The report is one file without scripts, and opens offline. directory: of a run or of a sweep; output: path of the
    report, by default `report.html` in the directory. Raises UserError if the directory is neither a run nor a sweep,
    and if the file cannot be written.
    """
    path = existing_directory(directory)
    return sweep_report(path, output) if is_sweep(path) else run_report(path, output)


def run_report(directory: str | Path, output: str | Path | None = None) -> Path:
    """Write the report of a run; see `report`."""
    path = existing_directory(directory)
    if is_sweep(path):
        raise UserError(f"{path} is the directory of a sweep; use sweep={path}")
    from .run import run_page  # torch is slow to import

    return write_page(path, output, lambda _: run_page(path))


def sweep_report(directory: str | Path, output: str | Path | None = None) -> Path:
    """Write the report of a sweep; see `report`."""
    path = existing_directory(directory)
    if (path / "config.yaml").is_file():
        raise UserError(f"{path} is the directory of a run; use run={path}")
    from .sweep import sweep_page

    return write_page(path, output, lambda target: sweep_page(path, target.parent))


def existing_directory(directory: str | Path) -> Path:
    """Return the path of an existing directory. Raises UserError if there is none."""
    path = expand_path(directory)
    if not path.is_dir():
        raise UserError(f"{path} {'is not a directory' if path.exists() else 'does not exist'}")
    return path


def write_page(directory: Path, output: str | Path | None, content: Callable[[Path], str]) -> Path:
    """Write a page and return its path. content: takes the path. Raises UserError if it cannot be written."""
    target = directory / NAME if output is None else expand_path(output)
    if target.suffix.lower() not in (".html", ".htm"):
        raise UserError(f"output={output}: it must end in .html")
    if not target.parent.is_dir():
        raise UserError(f"output={output}: there is no folder {target.parent}")
    text = content(target)
    try:
        write(target, text)
    except OSError as error:
        other = "; output=FILE.html writes it elsewhere" if output is None else ""
        raise UserError(f"cannot write {target}: {error.strerror}{other}") from error
    return target
