"""Arguments of the commands for a class, and their pictures. Imports no torch."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING

from ..config.schema import Config
from ..errors import UserError, did_you_mean, unknown
from ..files.paths import expand_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

DPI = 200  # of a picture: 900 pixels or more wide, for a projector


def refuse_misspelled(overrides: Sequence[str], known: tuple[str, ...]) -> None:
    """Raise UserError for an override that is no setting and resembles an argument of the command."""
    settings = {field.name for field in fields(Config)}
    for key in (override.partition("=")[0] for override in overrides):
        if "." not in key and key not in settings and did_you_mean(key, known):
            raise unknown("argument", key, known)


def check_picture(path: str) -> None:
    """Raise UserError unless a path is that of a PNG, PDF or SVG file."""
    if expand_path(path).suffix.lower() not in (".png", ".pdf", ".svg"):
        raise UserError(f"output is '{path}'; a picture is a file .png, .pdf or .svg")


def save_picture(figure: "Figure", path: str) -> None:
    """Write a picture, with its folder, and print its path. Raises UserError if it cannot be written."""
    file = expand_path(path)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, dpi=DPI)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror or error}") from error
    print(f"picture      {path}")
