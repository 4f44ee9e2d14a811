"""The command `nnzoo export`."""

from ..errors import UserError, join_names
from ..inference.export.formats import FORMATS, find_format, vectors_of_format
from .arguments import allowed_packages, parse_arguments, refuse_unknown
from .run_arguments import run_path

KNOWN = ("run", "format", "output", "vectors", "checkpoint", "allow")


def command(args: list[str]) -> int:
    """Export the network of a run, and print the files and the result of the comparison."""
    found, others = parse_arguments(args, KNOWN, ("run",))
    refuse_unknown(others, KNOWN)
    if not found.get("format"):
        raise UserError(f"format=... is required; one of: {join_names(FORMATS)}")
    kind = find_format(found["format"])
    vectors_of_format(found["format"], found.get("vectors"))
    path = run_path(found["run"])
    from ..inference.export.export import export

    exported = export(
        path,
        found["format"],
        output=found.get("output"),
        vectors=found.get("vectors"),  # type: ignore[arg-type]  # checked
        which=found.get("checkpoint"),
        allow=allowed_packages(found),
    )
    print(f"{'vectors' if kind.vectors else 'network'} in {exported.path}, described in {exported.description}")
    if kind.vectors:
        print("all vectors are equal to those of the run")
    elif kind.weights_only:
        print("all tensors are equal to those of the run")
    else:
        print(f"largest difference from the outputs of the run's network: {exported.difference:.2g}")
    return 0
