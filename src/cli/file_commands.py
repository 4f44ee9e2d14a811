"""Commands that apply a run's network to a file of examples: predict, encode, decode and reconstruct."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .arguments import allowed_packages, parse_arguments, parse_flag, parse_number, refuse_unknown
from .run_arguments import run_path

if TYPE_CHECKING:
    from ..inference.trained import Trained
KNOWN = ("run", "input", "output", "checkpoint", "allow")


def predict(args: list[str]) -> int:
    """Write the predictions of a run's network for a file of examples."""
    known = (*KNOWN, "probabilities", "length")
    found, others = parse_arguments(args, known, ("run", "input"))
    probabilities = parse_flag("probabilities", found.get("probabilities", "false"))
    length = parse_number("length", found["length"], int) if "length" in found else None
    net, output = load_for_file(found, others, known, "predictions")
    from ..inference.files import predict_file

    written = predict_file(net, found["input"], output, probabilities=probabilities, length=length)
    print(f"predictions in {written}")
    return 0


def encode(args: list[str]) -> int:
    """Write the codes of a file of examples, computed by a run's network, or the outputs of one of its layers."""
    known = (*KNOWN, "layer", "pool")
    found, others = parse_arguments(args, known, ("run", "input"))
    net, output = load_for_file(found, others, known, "codes")
    from ..inference.files import encode_file

    features = net.features(found.get("layer"), found.get("pool"))
    written = encode_file(net, found["input"], output, features)
    print(f"codes in {written}" + (f", {features}" if features else ""))
    return 0


def decode(args: list[str]) -> int:
    """Write the reconstructions of a file of codes."""
    found, others = parse_arguments(args, KNOWN, ("run", "input"))
    refuse_unknown(others, KNOWN)
    net, output = load_for_file(found, others, KNOWN, "decoded")
    from ..inference.files import decode_file

    print(f"reconstructions in {decode_file(net, found['input'], output)}")
    return 0


def reconstruct(args: list[str]) -> int:
    """Write the reconstructions of a file of examples."""
    found, others = parse_arguments(args, KNOWN, ("run", "input"))
    net, output = load_for_file(found, others, KNOWN, "reconstructions")
    from ..inference.files import reconstruct_file

    print(f"reconstructions in {reconstruct_file(net, found['input'], output)}")
    return 0


def load_for_file(
    found: dict[str, str], others: list[str], known: tuple[str, ...], what: str
) -> "tuple[Trained, str | Path]":
    """Return the network of a run, with the arguments data.* applied to reading files, and the path of the output."""
    from ..files.paths import expand_path

    file_format = [arg for arg in others if arg.startswith("data.")]
    refuse_unknown([arg for arg in others if arg not in file_format], known)
    run, name = expand_path(run_path(found["run"])), expand_path(found["input"]).resolve().stem
    from ..inference.load import load

    net = load(run, which=found.get("checkpoint"), allow=allowed_packages(found))
    if file_format:
        net.preprocessing = net.preprocessing.reading(parse_settings(file_format))
    return net, found.get("output") or (run if run.is_dir() else Path()) / f"{what}-{name}.csv"


def parse_settings(arguments: list[str]) -> dict[str, Any]:
    """Return the settings data.* of reading files by name."""
    from ..config.hydra_configs import parse_overrides

    return {each.key_or_group.removeprefix("data."): each.value() for each in parse_overrides(arguments)}
