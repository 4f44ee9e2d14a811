"""The command `nnzoo`. Its subcommands import torch only when they need it."""

import json
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from ..config.groups import GROUPS
from ..config.own_classes import place_in
from ..errors import DataWarning, UserError, unknown
from ..runs.signals import Interrupted
from . import streams
from .arguments import allowed_packages, parse_arguments, parse_list, parse_number, refuse_unknown
from .file_commands import decode, encode, predict, reconstruct
from .outcome import format_metrics, print_summary
from .run_arguments import run_path

USAGE = f"""\
nnzoo: train classic neural networks, each with one command

  nnzoo train [key=value ...]                train the default network, or the one you choose
  nnzoo train -m model=mlp,lenet5 seed=0,1   sweep: train every combination and print a table; seeds=5 and cv=5 work
                                             with any command; sweep=random, tpe, ... search
  nnzoo table sweep=DIR                      table of a sweep [format=text|csv|markdown|latex|json] [columns=[...]]
  nnzoo train resume=RUN                     resume a run from its last checkpoint
  nnzoo train resume=auto [key=value ...]    resume the newest unfinished run with these settings, or start a new one
  nnzoo evaluate run=RUN                     evaluate a run's best and last weights again; data.path=FILE: new path of
                                             the data, or other data
  nnzoo predict run=RUN input=FILE           predict for a file of examples: table, array, images, series or sentences
                                             [output=FILE.csv|.tsv|.npz] [probabilities=true] [checkpoint=last];
                                             length=12 predicts the next rows of a series instead
  nnzoo encode run=RUN input=FILE            encode a file of examples with an autoencoder
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last]
  nnzoo decode run=RUN input=codes.npz       decode a file of codes, the inverse of encode
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last]
  nnzoo reconstruct run=RUN input=FILE       predict with an autoencoder: reconstruct a file of examples
                                             [output=FILE.csv|.tsv|.npz] [checkpoint=last]
  nnzoo recommend run=RUN user=ID            the items with the highest predicted ratings that the user has not rated
                                             [n=10] [items=[ID,ID]|FILE] [include_rated=true] [output=FILE]
                                             [checkpoint=last]; user=[ID,ID]|FILE for several users;
                                             input=FILE for the users in a table of ratings, also new ones
  nnzoo outliers run=RUN [input=FILE]        find outliers in a file, or in the training data, with an autoencoder
                                             [by=row|entry|feature] [output=FILE.csv|.tsv|.npz] [checkpoint=last]
                                             [quantile=0.99], or [share=0.05] for the expected share of outliers
  nnzoo neighbors run=RUN word=king          the words (nodes, documents) with the most similar vectors [top=10]
                                             [vectors=input|output|sum|both] [checkpoint=last]; file=FILE in place of
                                             run=RUN for a file of vectors: word2vec (text or binary), GloVe, .npy
  nnzoo analogy run=RUN words=[man,king,woman]  the words that complete "man is to king as woman is to ..."; options
                                             as for neighbors
  nnzoo similarity run=RUN words=[king,queen]  the cosine of two words; options as for neighbors, without top
  nnzoo document_vectors run=RUN input=FILE  infer vectors of new documents with a run of pv_dm or pv_dbow: one on each
                                             line of a text, or the .txt files of a folder [output=FILE.csv|.tsv|.npz]
                                             [epochs=20] [lr=0.025] [seed=0] [checkpoint=last]
  nnzoo sample run=RUN [prompt=...]          continue a text with a language model [length=400] [temperature=0.8]
                                             [top_k=5] [seed=0], beam=4 uses beam search instead;
                                             print samples of a generative network as CSV [length=100] [seed=0];
                                             of a conditional one, class=NAME, or input=FILE: examples to complete
  nnzoo export run=RUN format=onnx           write the network to a file for other programs, compared with the network:
                                             onnx|torchscript|state_dict|safetensors [output=FILE] [checkpoint=last];
                                             word2vec|word2vec_binary|npy: its vectors [vectors=input|output|sum|both]
  nnzoo rerun run=RUN                        train again with the config of a run; same metrics on the CPU
  nnzoo runs list [FILTER ...]               list the runs in outputs/ that fulfil all filters, e.g. model=mlp
                                             'optimizer.lr<0.1' 'val/acc>=0.9' status=done tag=good [sort=-val/acc]
                                             [limit=9] [columns=[optimizer.lr,val/acc]] [--json|--csv]
  nnzoo runs show RUN [--json]               describe a run: overrides, metrics, environment, files
  nnzoo runs compare RUN RUN ...             the settings in which runs differ, and their metrics [--json|--csv]
  nnzoo runs tag RUN ... +NAME -NAME         add and remove tags
  nnzoo runs rm RUN ...|FILTER ...           delete runs or sweeps [yes=true] [force=true]
  nnzoo check [key=value ...]                compare a network's gradients with finite differences
  nnzoo lr_find [key=value ...]              suggest a learning rate: train with growing ones [low=1e-6] [high=1]
                                             [steps=100]
  nnzoo board [RUN|FOLDER|FILTER ...]        open TensorBoard on all runs, those in a folder, or those that fulfil all
                                             filters [last=10] [output_dir=outputs] [port=6006]; --json lists them
  nnzoo list [KIND] [PATTERN] [--json]       list the networks, or all options of a kind
  nnzoo info NAME                            describe an option and its settings; also GROUP=NAME, e.g. data=array
  nnzoo reproduce NAME|all [seeds=5]         reproduce a published result over several seeds
  nnzoo report run=RUN                       write a static HTML page about a run: RUN/report.html [output=FILE.html]
  nnzoo report sweep=DIR                     the same about a sweep: DIR/report.html [output=FILE.html]
  nnzoo report                               write docs/RESULTS.md from the results of nnzoo reproduce

KIND: {", ".join(GROUPS)}.
RUN is the directory of a run or, for a run in outputs/, its name or the end of the name, such as 0f1a.
debug=true shows tracebacks. `nnzoo train --help` lists all options.
"""
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
        text = " ".join(str(error).split())
        lists = [value for key, _, value in (arg.partition("=") for arg in args) if key == "allow"]
        place = place_in([name for value in lists for name in parse_list(value)], error)
        code = 1 if place is None else 2
        place = place or "a bug in nnzoo"
        print(f"nnzoo: {type(error).__name__}: {text} ({place}; debug=true shows the traceback)", file=sys.stderr)
    sys.exit(code)


@contextmanager
def print_notes() -> Iterator[None]:
    """Print the description of the data to standard output and each DataWarning to standard error, each line once."""
    shown: set[str] = set()
    log = logging.getLogger("nnzoo.data")

    def print_once(line: str, file: TextIO | None) -> None:
        if line not in shown and file is not None:
            print(line, file=file, flush=True)
        shown.add(line)

    handler = logging.Handler()
    handler.emit = lambda record: print_once(f"data         {record.getMessage()}", sys.stdout)  # type: ignore[method-assign]
    log.addHandler(handler)
    with warnings.catch_warnings():
        warnings.simplefilter("always", DataWarning)
        show = warnings.showwarning

        def note(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
            text = " ".join(str(message).split())
            if not issubclass(category, DataWarning):
                show(message, category, *where, **more)
            else:
                print_once(f"nnzoo: note: {text}", sys.stderr)

        warnings.showwarning = note
        try:
            yield
        finally:
            log.removeHandler(handler)


def dispatch(args: list[str]) -> int:
    """Run the command that the first argument names; return the exit code."""
    if not args or args[0] in ("-h", "--help", "help"):
        print(USAGE, end="")
        return 0
    if args[0] == "--version":
        from .. import __version__

        print(f"nnzoo {__version__}")
        return 0
    if args[0] not in COMMANDS:
        raise unknown("command", args[0], COMMANDS)
    if args[0] != "train" and {"-h", "--help"} & set(args):  # train has its own help
        print(usage_of(args[0]), end="")
        return 0
    return COMMANDS[args[0]](args[1:])


def usage_of(name: str) -> str:
    """Return the part of the usage that describes a command, and the meaning of its placeholders."""
    commands, _, notes = USAGE.partition("\n\nKIND: ")
    entries = [each for each in commands.split("\n  nnzoo ")[1:] if each.split()[0] == name]
    text = "".join(f"nnzoo {each}\n" for each in entries).replace("\n  ", "\n")
    kinds, *others = notes.splitlines()
    lines = [f"KIND: {kinds}"] * ("KIND" in text) + [line for line in others if "RUN" not in line or "RUN" in text]
    return text + "\n" + "\n".join(lines) + "\n"


def train(args: list[str]) -> int:
    """Train or resume a run, or train several runs."""
    resumed = [a.partition("=")[2] for a in args if a.startswith("resume=")]
    if resumed and resumed[-1] != "auto":
        if not resumed[-1]:
            raise UserError("resume=... takes the directory of a run, or auto")
        path = run_path(resumed[-1])
        from ..training.existing_runs import resume

        return print_summary(resume(path, [a for a in args if not a.startswith("resume=")]))
    if {"-h", "--help"} & set(args):
        from ..config.inventory import list_groups

        print(USAGE + "\n" + list_groups(), end="")
        return 0
    from .hydra_app import run_app

    return run_app([a for a in args if not a.startswith("resume=")], resume=bool(resumed))


def evaluate(args: list[str]) -> int:
    """Evaluate a run again, also on other data."""
    known = ("run", "allow", "data.path", "data.root", "data.target")
    found, others = parse_arguments(args, known, ("run",))
    refuse_unknown(others, known)
    path = run_path(found["run"])
    from ..api import evaluate as evaluate_run

    places = [f"{key}={found[key]}" for key in known if key.startswith("data.") and key in found]
    print(format_metrics(evaluate_run(path, *places, allow=allowed_packages(found))))
    return 0


def recommend(args: list[str]) -> int:
    """Print or write recommendations of items for users."""
    from .recommend import command

    return command(args)


def outliers(args: list[str]) -> int:
    """Write the outlier scores of a file of examples."""
    from .outliers import command

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
    found, others = parse_arguments(args, ("run",), ("run",))
    path = run_path(found["run"])
    from ..training.existing_runs import rerun as rerun_run

    return print_summary(rerun_run(path, others))


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
    """Describe the options with a name, or GROUP=NAME."""
    if not 1 <= len(args) <= 2:
        raise UserError("nnzoo info takes a name, or a group and a name; nnzoo list shows the names")
    from .descriptions import describe

    print(describe(*args), end="")
    return 0


def table(args: list[str]) -> int:
    """Print the table of a sweep."""
    from .table import table as print_table

    return print_table(args)


def reproduce(args: list[str]) -> int:
    """Reproduce published results."""
    found, others = parse_arguments(args, ("seeds",), ())
    if len(others) != 1 or "=" in others[0]:
        raise UserError(
            "nnzoo reproduce takes the name of an experiment, or all; nnzoo list experiments shows the names"
        )
    from ..experiments.reproduce import reproduce as reproduce_experiment

    return reproduce_experiment(others[0], found.get("seeds"))


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
    "board": board,
    "lr_find": lr_find,
    "list": list_command,
    "info": info,
    "reproduce": reproduce,
    "report": report,
}
