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
    from ..inference.files import output_path
    from ..inference.load import checkpoint_of
    from ..inference.outlier_files import OutlierWriter
    from ..inference.outliers import OutlierDetector

    path = checkpoint_of(expand_path(run_path(found["run"])), found.get("checkpoint"))
    detector = OutlierDetector(net, path, quantile)
    writer = OutlierWriter(detector, by)  # type: ignore[arg-type]
    target = output_path(found.get("input") or detector.table or path, output)
    written = writer.write(net.read(found["input"]) if "input" in found else detector.training_data(), target)
    print(
        f"outliers     {writer.found} of {writer.rows} rows have a score above {detector.threshold:.4g}, "
        f"the {quantile:g} quantile of the training rows"
    )
    print(f"scores in {written}")
    return 0
