"""Import of classes and functions that a config names, with the reasons why one cannot be imported.

Imports no torch by itself.
"""

import importlib
import sys
import traceback
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from ..errors import UserError, did_you_mean
from .packages import is_installed


def make_importable(packages: Sequence[str]) -> None:
    """Let allowed packages in the working directory be imported, unless they are installed."""
    if not packages:
        return
    here = Path.cwd()
    for root in {package.partition(".")[0] for package in packages}:
        if not root.isidentifier() or root in sys.modules or is_installed(root):
            continue
        if (here / f"{root}.py").is_file() or (here / root).is_dir():
            sys.path.append(str(here))
            importlib.invalidate_caches()


def import_object(target: str) -> Any:
    """Return the class or other object that a dotted path names. Raises UserError with the reason if there is none."""
    module, _, name = target.rpartition(".")
    found = getattr(loaded := load_module(module, target), name, None)
    if found is None and module == "__main__":
        raise UserError(f"_target_ '{target}' does not exist: define the class {name} again, or move it to a module")
    if found is None:
        names = [each for each, value in vars(loaded).items() if isinstance(value, type)]
        hint = did_you_mean(name, names) or hidden_module(loaded)
        raise UserError(f"_target_ '{target}' does not exist: {module} has no '{name}'{hint}")
    return found


def load_module(module: str, target: str) -> ModuleType:
    """Import a module. Raises UserError that says why it cannot be imported: not found, or where it fails."""
    if not all(part.isidentifier() for part in target.split(".")):
        raise UserError(f"_target_ '{target}' does not exist: it is no dotted path")
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            raise UserError(f"_target_ '{target}' does not exist: {why_not_found(error.name)}") from error
        raise failed(module, error) from error
    except (Exception, SystemExit) as error:
        raise failed(module, error) from error


def why_not_found(module: str) -> str:
    """Return the reason why there is no module of this name."""
    package, _, name = module.rpartition(".")
    loaded = sys.modules.get(package)
    if loaded is None:
        return f"module {module} is neither installed nor in {Path.cwd()}"
    if isinstance(getattr(loaded, name, None), type):
        return f"{name} is a class of {package}; a class inside another class cannot be named"
    return f"{package} has no module '{name}'{hidden_module(loaded)}"


def hidden_module(loaded: ModuleType) -> str:
    """Return a hint if a module of the working directory is not found, since an installed one has the same name."""
    root = loaded.__name__.partition(".")[0]
    found = sys.modules[root]
    file = getattr(found, "__file__", None) or next(iter(getattr(found, "__path__", ())), None)
    here = [path for path in (Path.cwd() / f"{root}.py", Path.cwd() / root) if path.exists()]
    if not here or (file and Path(file).is_relative_to(Path.cwd())):
        return ""
    return f"; {file or 'a built-in module'} has the same name as {here[0]}, which must be renamed"


def failed(module: str, error: Exception | SystemExit) -> UserError:
    """Return the error for a module that fails when it is imported, with the place in its source."""
    if isinstance(error, SyntaxError):
        return syntax_error(error, module)
    last = traceback.extract_tb(error.__traceback__)[-1]
    return UserError(
        f"{module} cannot be imported: {type(error).__name__}: {error} ({last.filename}, line {last.lineno})"
    )


def place_in(packages: Iterable[str], error: BaseException) -> str | None:
    """Return file and line of the innermost call in a module of one of the packages, None if there is none."""
    roots = {package.partition(".")[0] for package in packages}
    frames = [*traceback.walk_tb(error.__traceback__)]
    for frame, line in reversed(frames):
        if str(frame.f_globals.get("__name__")).partition(".")[0] in roots:
            return f"{frame.f_code.co_filename}, line {line}"
    return None


def syntax_error(error: SyntaxError, source: str) -> UserError:
    """Return the error for source text that is not valid Python. source: its file or module, if Python names none."""
    line = f" (line {error.lineno})" if error.lineno else ""
    return UserError(f"{error.filename or source} cannot be read: {error.msg}{line}")
