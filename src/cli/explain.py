"""`nnzoo explain`: pictures of what a network computes from images."""

from pathlib import Path
from typing import Any

from ..config.explanations import DEFAULT_METHODS, MOST_IMAGES, OF_IMAGES, check_methods
from ..errors import UserError
from ..files.paths import existing_file, expand_path
from ..inference.arguments import whole_number
from .arguments import allowed_packages, parse_arguments, parse_list, parse_number, refuse_unknown
from .run_arguments import run_path
from .teaching_arguments import save_picture

KNOWN = ("run", "input", "method", "class", "layer", "unit", "images", "output", "checkpoint", "allow")
IMAGES = 8


def command(args: list[str]) -> int:
    """Draw one picture for each method into a folder."""
    found, others = parse_arguments(args, KNOWN, ("run",))
    refuse_unknown(others, KNOWN)
    methods = parse_list(found.get("method", ",".join(DEFAULT_METHODS)))
    settings: dict[str, Any] = {"target": found.get("class"), "layer": found.get("layer")}
    settings |= {"unit": parse_number("unit", found["unit"], int) if "unit" in found else None}
    images = parse_number("images", found.get("images", str(IMAGES)), int)
    settings |= {"images": whole_number("images", images, least=1, most=MOST_IMAGES)}
    check_methods(methods, [key for key in OF_IMAGES if key in found])
    if "input" in found and not expand_path(found["input"]).is_dir():
        existing_file(found["input"])
    run = expand_path(run_path(found["run"]))
    folder = expand_path(found.get("output") or (run if run.is_dir() else Path()) / "explanations")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"output={folder} is a file; the pictures need a folder")
    from ..inference.explanations.explain import default_images, explanations, given_images
    from ..inference.load import checkpoint_of, load

    which = found.get("checkpoint")
    net = load(run, which=which, allow=allowed_packages(found))
    file = found.get("input")
    checkpoint = checkpoint_of(run, which)
    source = default_images(net, checkpoint, methods, images) if file is None else given_images(net, Path(file))
    for each in explanations(net, source, methods, **settings):
        save_picture(each.plot(), str(folder / f"{each.method}.png"))
    return 0
