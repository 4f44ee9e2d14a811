"""The command `nnzoo`. Nothing here imports torch before it is needed."""

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from ..config.groups import GROUPS
from ..errors import DataWarning, UserError, unknown
from ..runs.signals import Interrupted
from . import streams
from .outcome import figures, print_summary

if TYPE_CHECKING:
    from ..inference.trained import Trained

USAGE = f"""\
nnzoo: the classic neural networks, each runnable with one command

  nnzoo train [key=value ...]                train the default, or what you choose
  nnzoo train -m model=mlp,lenet5 seed=0,1   every combination, with a table at the end
  nnzoo train resume=RUN                     go on with a run where it stopped
  nnzoo evaluate run=RUN                     measure a run's best and last weights again; data.path=FILE: where the
                                             data is now, or other data
  nnzoo predict run=RUN input=FILE           predictions for a file: table, array, pictures, series or sentences
                                             [output=FILE.csv|.tsv|.npz] [probabilities=true] [checkpoint=last];
                                             of a series also the next rows: length=12
  nnzoo encode run=RUN input=FILE            codes of an autoencoder for the same [output=FILE.csv|.tsv|.npz]
                                             [checkpoint=last]
  nnzoo sample run=RUN [prompt=...]          continue a text with a run's language model [length=400]
                                             [temperature=0.8] [top_k=5] [seed=0], or search for it: beam=4;
                                             examples of a network that generates them, as .csv [length=100] [seed=0]
  nnzoo rerun run=RUN                        the same once more: the same metrics on the CPU
  nnzoo check [key=value ...]                gradients of a network against finite differences
  nnzoo list [KIND] [PATTERN]                what there is, with a line each
  nnzoo info NAME                            what something is and what can be set; or GROUP=NAME, data=array
  nnzoo reproduce NAME|all [seeds=5]         rerun a published result over seeds
  nnzoo report                               write docs/RESULTS.md from the results

KIND: {", ".join(GROUPS)}.
RUN is a run's directory. debug=true shows tracebacks. `nnzoo train --help` lists what can be chosen.
"""
EXAMPLES = 100  # that a network generates where no number is given
FILES = ("run", "input", "output", "checkpoint", "allow")  # arguments of commands that answer about a file
Number = TypeVar("Number", int, float)


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code: 2 for what the user can mend, said in one line."""
    streams.complete()
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "debug=true" in args
    args = [a for a in args if a != "debug=true"]
    try:
        with notes():
            code = dispatch(args)
    except UserError as error:
        if debug:
            raise
        print(f"nnzoo: {' '.join(str(error).split())}", file=sys.stderr)
        code = 2
    except Interrupted as error:
        if error.result is not None:
            print_summary(error.result)
        code = 128 + error.number
    except KeyboardInterrupt as error:
        if error.args:
            print(f"nnzoo: {error}", file=sys.stderr)
        code = 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:
        if debug:
            raise
        said = " ".join(str(error).split())
        print(f"nnzoo: {type(error).__name__}: {said} (a fault of ours; debug=true shows where)", file=sys.stderr)
        code = 1
    sys.exit(code)


@contextmanager
def notes() -> Iterator[None]:
    """Inside, what was read is a line of the output, and each DataWarning one on standard error; the same one once."""
    shown: set[str] = set()
    log = logging.getLogger("nnzoo.data")

    def say(line: str, file: TextIO | None) -> None:
        if line not in shown and file is not None:
            print(line, file=file, flush=True)
        shown.add(line)

    handler = logging.Handler()
    handler.emit = lambda record: say(f"data         {record.getMessage()}", sys.stdout)  # type: ignore[method-assign]
    log.addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if not issubclass(category, DataWarning):
                show(message, category, *where, **more)
            else:
                say(f"nnzoo: note: {text}", sys.stderr)

        warnings.showwarning = note
        try:
            yield
        finally:
            log.removeHandler(handler)


def dispatch(args: list[str]) -> int:
    """Run the command that `args` begin with; return the exit code."""
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if args[0] == "--version":
        from .. import __version__

        print(f"nnzoo {__version__}")
        return 0
    if args[0] not in COMMANDS:
        raise unknown("command", args[0], COMMANDS)
    if args[0] != "train" and {"-h", "--help"} & set(args):  # which has a list of its own
        print(USAGE, end="")
        return 0
    return COMMANDS[args[0]](args[1:])


def train(args: list[str]) -> int:
    """Train, resume, or sweep."""
    resumed = [a.partition("=")[2] for a in args if a.startswith("resume=")]
    if resumed:
        if not resumed[-1]:
            raise UserError("resume=... takes the directory of a run")
        from ..training.again import resume

        return print_summary(resume(resumed[-1], [a for a in args if not a.startswith("resume=")]))
    if {"-h", "--help"} & set(args):
        from ..config.inventory import list_groups

        print(USAGE + "\n" + list_groups(), end="")
        return 0
    from .hydra_app import run_app

    return run_app(args)


def settings(args: list[str], known: tuple[str, ...], required: tuple[str, ...]) -> tuple[dict[str, str], list[str]]:
    """Return key=value arguments among `known`, and the others. Raises UserError if a required one is missing."""
    found, others = {}, []
    for arg in args:
        key, equals, value = arg.partition("=")
        if equals and key in known:
            found[key] = value
        else:
            others.append(arg)
    for key in required:
        if not found.get(key):
            given = f"; cannot use '{others[0]}'" if others else ""
            raise UserError(f"{key}=... is needed{given}")
    return found, others


def allowed(found: dict[str, str]) -> list[str]:
    """Return the packages of allow=[a,b]."""
    return [name for name in found.get("allow", "").strip("[]").split(",") if name]


def nothing_else(others: list[str], known: tuple[str, ...]) -> None:
    """Raise UserError for an argument that no one takes."""
    if others and not known:
        raise UserError(f"cannot use '{others[0]}'; nothing can be set")
    if others:
        raise unknown("argument", others[0].partition("=")[0], known)


def evaluate(args: list[str]) -> int:
    """Measure a run again, also on other data."""
    known = ("run", "allow", "data.path", "data.root", "data.target")
    found, others = settings(args, known, ("run",))
    nothing_else(others, known)
    from ..api import evaluate as measure

    places = [f"{key}={found[key]}" for key in known if key.startswith("data.") and key in found]
    print(figures(measure(found["run"], *places, allow=allowed(found))))
    return 0


def predict(args: list[str]) -> int:
    """Write what a run's network predicts for a file of examples."""
    known = (*FILES, "probabilities", "length")
    found, others = settings(args, known, ("run", "input"))
    if found.get("probabilities", "false") not in ("true", "false"):
        raise UserError(f"probabilities is '{found['probabilities']}'; it takes true or false")
    length = number("length", found["length"], int) if "length" in found else None
    net, output = net_and_output(found, others, known, "predictions")
    from ..inference.files import predict_file

    probabilities = found.get("probabilities") == "true"
    written = predict_file(net, found["input"], output, probabilities=probabilities, length=length)
    print(f"predictions in {written}")
    return 0


def encode(args: list[str]) -> int:
    """Write the codes that a run's network gives to a file of examples."""
    found, others = settings(args, FILES, ("run", "input"))
    net, output = net_and_output(found, others, FILES, "codes")
    from ..inference.files import encode_file

    print(f"codes in {encode_file(net, found['input'], output)}")
    return 0


def net_and_output(
    found: dict[str, str], others: list[str], known: tuple[str, ...], what: str
) -> "tuple[Trained, str | Path]":
    """Return the network of a run, which reads files as the other arguments say, and where the answers are written."""
    from ..config.compose import parse_overrides
    from ..files.paths import expand_path
    from ..inference.load import load

    written = [arg for arg in others if arg.startswith("data.")]  # how the file is written
    nothing_else([arg for arg in others if arg not in written], known)
    run, name = expand_path(found["run"]), expand_path(found["input"]).resolve().stem
    net = load(run, which=found.get("checkpoint"), allow=allowed(found))
    if written:
        values = {
            override.key_or_group.removeprefix("data."): override.value() for override in parse_overrides(written)
        }
        net.preprocessing = net.preprocessing.reading(values)
    return net, found.get("output") or (run if run.is_dir() else Path()) / f"{what}-{name}.csv"


def sample(args: list[str]) -> int:
    """Print a text that a run's language model goes on with, or examples that a run's network generates."""
    known = ("run", "prompt", "length", "temperature", "top_k", "beam", "seed", "checkpoint", "allow")
    found, others = settings(args, known, ("run",))
    nothing_else(others, known)
    given: dict[str, Any] = {
        key: number(key, found[key], int) for key in ("length", "top_k", "beam", "seed") if key in found
    }
    if "temperature" in found:
        given["temperature"] = number("temperature", found["temperature"], float)
    from ..inference.files import samples
    from ..inference.load import load
    from ..inference.texts import continue_text

    trained = load(found["run"], which=found.get("checkpoint"), allow=allowed(found))
    if not trained.generates:
        print(continue_text(trained, found.get("prompt", ""), **given).rstrip("\n"))
        return 0
    if unused := [key for key in ("prompt", "temperature", "top_k", "beam") if key in found]:
        raise UserError(f"{unused[0]} is for texts; this run's network generates examples: length=N of them, seed=N")
    print(samples(trained, given.get("length", EXAMPLES), seed=given.get("seed", 0)), end="")
    return 0


def number(key: str, value: str, kind: type[Number]) -> Number:
    """Return the number that an argument gives. Raises UserError if it is none."""
    try:
        return kind(value)
    except ValueError:
        raise UserError(f"{key} is '{value}'; it takes {'a whole number' if kind is int else 'a number'}") from None


def rerun(args: list[str]) -> int:
    """Train once more with a run's config."""
    found, others = settings(args, ("run",), ("run",))
    from ..training.again import rerun as again

    return print_summary(again(found["run"], others))


def check(args: list[str]) -> int:
    """Hold the gradients of a network against difference quotients; 1 if one is wrong."""
    from ..training.gradient_check import check as report

    found = report(*args)
    print(found)
    return 0 if found.ok else 1


def listing(args: list[str]) -> int:
    """List what there is."""
    if len(args) > 2:
        raise UserError(f"cannot use '{args[2]}'; nnzoo list takes what to list and a pattern")
    from ..config.inventory import list_options

    print(list_options(*args), end="")
    return 0


def info(args: list[str]) -> int:
    """Describe what goes by a name, or GROUP=NAME."""
    if not 1 <= len(args) <= 2:
        raise UserError("nnzoo info takes a name, or a group and a name; nnzoo list shows them")
    from .descriptions import describe

    print(describe(*args), end="")
    return 0


def reproduce(args: list[str]) -> int:
    """Rerun published results."""
    found, others = settings(args, ("seeds",), ())
    if len(others) != 1 or "=" in others[0]:
        raise UserError("nnzoo reproduce takes one experiment, or all; nnzoo list experiments shows them")
    from ..experiments.reproduce import reproduce as again

    return again(others[0], found.get("seeds"))


def report(args: list[str]) -> int:
    """Write the page of results."""
    nothing_else(args, ())
    from ..experiments.report import write_report

    print(f"results in {write_report()}")
    return 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "encode": encode,
    "sample": sample,
    "rerun": rerun,
    "check": check,
    "list": listing,
    "info": info,
    "reproduce": reproduce,
    "report": report,
}
