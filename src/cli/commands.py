"""The command `nnzoo`. Its subcommands import torch only when they need it."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..config.class_imports import place_in
from ..config.plugins import trusted_packages
from ..errors import UserError, unknown
from ..runs.signals import Interrupted
from . import streams
from .arguments import (
    CHANGED,
    allowed_packages,
    changes_allowed,
    parse_arguments,
    parse_flag,
    parse_list,
    parse_number,
    refuse_unknown,
)
from .file_commands import decode, encode, predict, reconstruct
from .machine_errors import machine_error
from .notes import print_notes
from .outcome import format_metrics, print_summary
from .progress_lines import progress_lines
from .run_arguments import run_path
from .usage import USAGE, usage_of

DEFAULT_SAMPLES = 100  # examples from a generative network if length is not given


def main(argv: Sequence[str] | None = None) -> None:
    """Run a command and exit with its code: 0 for success, 1 for failure, 2 for a user error, printed in one line."""
    streams.prepare()
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "debug=true" in args
    args = [a for a in args if a != "debug=true"]
    try:
        with print_notes():
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
        if (reason := machine_error(error)) is not None:
            print(f"nnzoo: {reason}", file=sys.stderr)
            sys.exit(2)
        text = " ".join(str(error).split())
        lists = [value for key, _, value in (arg.partition("=") for arg in args) if key == "allow"]
        place = place_in([*(name for value in lists for name in parse_list(value)), *trusted_packages()], error)
        code = 1 if place is None else 2
        place = place or "a bug in nnzoo"
        print(f"nnzoo: {type(error).__name__}: {text} ({place}; debug=true shows the traceback)", file=sys.stderr)
    sys.exit(code)


def dispatch(args: list[str]) -> int:
    """Run the command that the first argument names; return the exit code."""
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if args[0] == "--version":
        from .. import __version__

        print(f"nnzoo {__version__}")
        return 0
    if "-sc" in args:
        from .completion import command

        return command(args[args.index("-sc") + 1 :], list(COMMANDS))
    if args[0] not in COMMANDS:
        raise unknown("command", args[0], COMMANDS)
    if args[0] != "train" and {"-h", "--help"} & set(args):  # train has its own help
        print(usage_of(args[0]), end="")
        return 0
    return COMMANDS[args[0]](args[1:])


def train(args: list[str]) -> int:
    """Train or resume a run, or train several runs."""
    found, rest = parse_arguments(args, ("resume", "force", CHANGED), ())
    if not (resumed := found.get("resume", "auto")):
        raise UserError("resume=... takes the directory of a run, or auto")
    if resumed != "auto":
        path, force = run_path(resumed), parse_flag("force", found.get("force", "false"))
        with progress_lines(f"{path}, resumed"):
            from ..training.existing_runs import resume

            result = resume(path, rest, allow_changed_data=changes_allowed(found), force=force)
        return print_summary(result)
    if {"-h", "--help"} & set(args):
        from ..config.inventory import list_groups

        print(USAGE + "\n" + list_groups(), end="")
        return 0
    if unused := next((key for key in ("force", CHANGED) if key in found), None):
        raise UserError(f"{unused}=... has no effect without resume=RUN; leave it out")
    from .hydra_app import run_app

    return run_app(rest, resume="resume" in found)


def evaluate(args: list[str]) -> int:
    """Evaluate a run again, also on other data."""
    known = ("run", "allow", "data.path", "data.root", "data.target", CHANGED)
    found, others = parse_arguments(args, known, ("run",))
    refuse_unknown(others, known)
    path = run_path(found["run"])
    from ..api import evaluate as evaluate_run

    places = [f"{key}={found[key]}" for key in known if key.startswith("data.") and key in found]
    allowed = changes_allowed(found)
    print(format_metrics(evaluate_run(path, *places, allow_changed_data=allowed, allow=allowed_packages(found))))
    return 0


def recommend(args: list[str]) -> int:
    """Print or write recommendations of items for users."""
    from .recommend import command

    return command(args)


def outliers(args: list[str]) -> int:
    """Write the outlier scores of a file of examples."""
    from .outliers import command

    return command(args)


def explain(args: list[str]) -> int:
    """Draw what a run's network computes from images."""
    from .explain import command

    return command(args)


def neighbors(args: list[str]) -> int:
    """Print the words with the most similar vectors."""
    from .neighbors import command

    return command(args)


def analogy(args: list[str]) -> int:
    """Print the words that complete an analogy."""
    from .analogy import command

    return command(args)


def similarity(args: list[str]) -> int:
    """Print the cosine of two words."""
    from .similarity import command

    return command(args)


def document_vectors(args: list[str]) -> int:
    """Write the vectors of new documents."""
    from .document_vectors import command

    return command(args)


def sample(args: list[str]) -> int:
    """Print a text that a run's language model continues, or examples that a run's network generates."""
    known = ("run", "prompt", "length", "temperature", "top_k", "beam", "seed", "checkpoint", "allow", "class", "input")
    found, others = parse_arguments(args, known, ("run",))
    refuse_unknown(others, known)
    if {"class", "input"} <= set(found):
        raise UserError("class=... and input=... are for different networks; leave one of them out")
    given: dict[str, Any] = {
        key: parse_number(key, found[key], int) for key in ("length", "top_k", "beam", "seed") if key in found
    }
    if "temperature" in found:
        given["temperature"] = parse_number("temperature", found["temperature"], float)
    path = run_path(found["run"])
    from ..inference.files import samples_as_csv
    from ..inference.load import load
    from ..inference.texts import continue_text

    trained = load(path, which=found.get("checkpoint"), allow=allowed_packages(found))
    one_of_both = found.get("class", found.get("input"))
    condition = one_of_both if trained.condition is None else found.get(trained.condition)
    if not trained.generates:
        if one_of_both is not None:
            raise UserError("class=... and input=... are for networks that generate examples for a class or an example")
        print(continue_text(trained, found.get("prompt", ""), **given).rstrip("\n"))
        return 0
    if unused := [key for key in ("prompt", "temperature", "top_k", "beam") if key in found]:
        raise UserError(
            f"{unused[0]} is for texts; this run's network generates examples and takes length=N and seed=N"
        )
    length = given.get("length", 1 if "input" in found else DEFAULT_SAMPLES)
    print(samples_as_csv(trained, length, seed=given.get("seed", 0), given=condition), end="")
    return 0


def export(args: list[str]) -> int:
    """Write the network of a run to a file for other programs."""
    from .export import command

    return command(args)


def rerun(args: list[str]) -> int:
    """Train again with the config of a run."""
    found, others = parse_arguments(args, ("run", CHANGED), ("run",))
    path = run_path(found["run"])
    with progress_lines(f"{path}, again"):
        from ..training.existing_runs import rerun as rerun_run

        result = rerun_run(path, others, allow_changed_data=changes_allowed(found))
    return print_summary(result)


def runs(args: list[str]) -> int:
    """List, describe, compare, tag or delete runs."""
    from .runs import runs_command

    return runs_command(args)


def check(args: list[str]) -> int:
    """Compare the gradients of a network with finite differences; return 1 if one is wrong."""
    from ..training.gradient_check import check as check_gradients

    found = check_gradients(*args)
    print(found)
    return 0 if found.ok else 1


def lr_find(args: list[str]) -> int:
    """Find a learning rate by a range test."""
    from .lr_find import command

    return command(args)


def trace(args: list[str]) -> int:
    """Print every number of the first training steps."""
    from .trace import command

    return command(args)


def perceptron_updates(args: list[str]) -> int:
    """Print or draw the updates of a perceptron one by one."""
    from .perceptron_updates import command

    return command(args)


def gradient_norms(args: list[str]) -> int:
    """Print or draw the gradient norms through time of recurrent networks."""
    from .gradient_norms import command

    return command(args)


def weight_changes(args: list[str]) -> int:
    """Print or draw the weights of a run before and after training."""
    from .weight_changes import command

    return command(args)


def board(args: list[str]) -> int:
    """Open TensorBoard on a selection of runs."""
    from .board import board as open_board

    return open_board(args)


def list_command(args: list[str]) -> int:
    """List the options of a kind, as a table or as JSON."""
    words = [arg for arg in args if arg != "--json"]
    if len(words) > 2:
        raise UserError(f"cannot use '{words[2]}'; nnzoo list takes a kind and a pattern")
    from ..config.inventory import list_options, matching_options

    if "--json" in args:
        print(json.dumps([{"name": name, "title": title} for name, title in matching_options(*words)], indent=2))
    else:
        print(list_options(*words), end="")
    return 0


def info(args: list[str]) -> int:
    """Describe the options with a name, or GROUP=NAME; with input=SHAPE, print the layers of a network."""
    if any(arg.startswith(("input=", "classes=", "model.", "--json", "--csv")) for arg in args):
        from .layer_table import command

        return command(args)
    words = [arg for arg in args if not arg.startswith("allow=")]  # nothing is imported, so that it has no effect
    if not 1 <= len(words) <= 2:
        raise UserError("nnzoo info takes a name, or a group and a name; nnzoo list shows the names")
    from .class_descriptions import describe_class, is_class

    group, _, name = " ".join(words).replace("=", " ", 1).rpartition(" ")
    if is_class(name):
        print(describe_class(name, group), end="")
        return 0
    from .descriptions import describe

    print(describe(*words), end="")
    return 0


def table(args: list[str]) -> int:
    """Print the table of a sweep."""
    from .table import table as print_table

    return print_table(args)


def reproduce(args: list[str]) -> int:
    """Reproduce published results."""
    found, others = parse_arguments(args, ("seeds", "workers"), ())
    superfluous = [other for other in others if "=" in other or other.startswith("-")] or others[1:]
    if superfluous or not others:
        head = f"cannot use '{superfluous[0]}'; " if superfluous else ""
        raise UserError(
            f"{head}nnzoo reproduce takes the name of an experiment, or all, seeds=N and workers=N; "
            "nnzoo list experiments shows the names"
        )
    from ..experiments.reproduce import reproduce as reproduce_experiment

    return reproduce_experiment(others[0], found.get("seeds"), found.get("workers"))


def report(args: list[str]) -> int:
    """Write the report of a run or a sweep, or the page of published results."""
    from .report import command

    return command(args)


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "train": train,
    "evaluate": evaluate,
    "predict": predict,
    "encode": encode,
    "decode": decode,
    "reconstruct": reconstruct,
    "recommend": recommend,
    "outliers": outliers,
    "explain": explain,
    "neighbors": neighbors,
    "analogy": analogy,
    "similarity": similarity,
    "document_vectors": document_vectors,
    "sample": sample,
    "export": export,
    "rerun": rerun,
    "table": table,
    "runs": runs,
    "check": check,
    "trace": trace,
    "perceptron_updates": perceptron_updates,
    "gradient_norms": gradient_norms,
    "weight_changes": weight_changes,
    "board": board,
    "lr_find": lr_find,
    "list": list_command,
    "info": info,
    "reproduce": reproduce,
    "report": report,
}
