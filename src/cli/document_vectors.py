"""The command `nnzoo document_vectors`."""

from pathlib import Path

from ..errors import UserError
from .arguments import allowed_packages, parse_arguments, parse_number, refuse_unknown
from .run_arguments import run_path

KNOWN = ("run", "input", "output", "epochs", "lr", "seed", "checkpoint", "allow")


def command(args: list[str]) -> int:
    """Write the vectors of new documents, inferred with a run of pv_dm or pv_dbow."""
    found, others = parse_arguments(args, KNOWN, ("run", "input"))
    refuse_unknown(others, KNOWN)
    epochs = parse_number("epochs", found["epochs"], int) if "epochs" in found else None
    lr = parse_number("lr", found["lr"], float) if "lr" in found else None
    seed = parse_number("seed", found.get("seed", "0"), int)
    run, source = run_path(found["run"]), found["input"]
    from ..files.paths import expand_path

    if not expand_path(source).exists():
        raise UserError(f"there is no file or folder {expand_path(source)}")
    folder = expand_path(run) if expand_path(run).is_dir() else Path()
    output = found.get("output") or folder / f"documents-{expand_path(source).resolve().stem}.csv"
    from ..inference.document_vectors import DocumentInference, write_document_vectors
    from ..inference.load import load

    trained = load(run, which=found.get("checkpoint"), allow=allowed_packages(found))
    inference = DocumentInference(trained, epochs=epochs, lr=lr, seed=seed)
    print(f"vectors in {write_document_vectors(inference, source, output)}")
    return 0
