"""`nnzoo outliers`: the outlier scores of examples by an autoencoder."""

from typing import get_args

from ..config.outlier_threshold import By, threshold_quantile
from ..errors import unknown
from ..files.paths import expand_path
from .arguments import parse_arguments, parse_number
from .file_commands import load_for_file
from .run_arguments import run_path

KNOWN = ("run", "input", "output", "quantile", "share", "by", "checkpoint", "allow")


def command(args: list[str]) -> int:
    """Write the outlier scores of a file, or of the training data of a run, and print the number of outliers."""
    found, others = parse_arguments(args, KNOWN, ("run",))
    numbers = {key: parse_number(key, found[key], float) for key in ("quantile", "share") if key in found}
    quantile = threshold_quantile(numbers.get("quantile"), numbers.get("share"))
    by = found.get("by", "row")
    if by not in get_args(By):
        raise unknown("by", by, get_args(By))
    what = "outliers" if by == "row" else f"outliers-by-{by}"
    net, output = load_for_file({"input": "training", **found}, others, KNOWN, what)
    from ..inference.outlier_files import outlier_file

    run = expand_path(run_path(found["run"]))
    written = outlier_file(
        net,
        run,
        found.get("input"),
        output,
        quantile=quantile,
        by=by,  # type: ignore[arg-type]
        which=found.get("checkpoint"),
    )
    print(
        f"outliers     {written.found} of {written.rows} rows have a score above {written.detector.threshold:.4g}, "
        f"the {quantile:g} quantile of the training rows"
    )
    print(f"scores in {written.path}")
    return 0
