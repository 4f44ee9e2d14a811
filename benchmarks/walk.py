"""Train every network on every data set that its card takes, with the default settings and a few batches.

`python benchmarks/walk.py FILE [NAME ...]` appends the outcome of each pair to FILE and leaves out the pairs that it
contains, so a walk that was stopped continues; names of networks or data sets restrict it. A pair trains, or is refused
in one line; the settings that this line names are added, and the pair must then train. Each pair has SECONDS and
GIGABYTES; one that takes longer is good if a note announced it. Exit code 1 if a pair neither trains nor names what
makes it train. NNZOO_DATA is the folder of real data.
"""

import json
import multiprocessing
import re
import resource
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

SECONDS = 60.0  # for one pair, with the settings that its messages name
GIGABYTES = 12  # of address space
FEW = ["trainer.max_epochs=1", "trainer.limit_train_batches=2", "trainer.limit_val_batches=1", "evaluate=[]"]
QUIET = ["callbacks=none", "logger=none"]
SETTING = re.compile(r"(?<![\w.=])((?:[a-z]\w*\.)*[a-z]\w*=[^\s,;:]+)")
USERS_FILE = ("path=FILE", "path must be given")  # in messages
ANNOUNCED = "takes about"  # in notes
MAX_ADVICE = 4  # settings added one after the other
LARGE = ("mnist", "tiny_shakespeare", "conll2000", "sentence_polarity", "brown")  # the last ones
Outcome = dict[str, Any]


def pairs() -> Iterator[tuple[str, str]]:
    """Yield the networks and the data sets that their cards take."""
    from nnzoo import api
    from nnzoo.builders.adapters import choose_conversion
    from nnzoo.builders.alternatives import HEADS, NOT_NUMERIC
    from nnzoo.builders.data import build_data
    from nnzoo.config.catalogue import cards
    from nnzoo.config.compose import compose
    from nnzoo.config.inventory import options
    from nnzoo.errors import UserError

    for data in sorted(options("data"), key=LARGE.__contains__):
        try:
            spec = build_data(api.plain(compose([f"data={data}"]))).spec
        except UserError as error:
            print(f"data={data} is left out: {error}")
            continue
        for model, card in cards().items():
            other_target = spec.form not in NOT_NUMERIC and set(card.targets) <= set(HEADS)
            other_target |= spec.form == "tokens" and "context" in card.targets
            if choose_conversion(card.traits.inputs, spec) and (spec.target in card.targets or other_target):
                yield model, data


def try_pair(overrides: Sequence[str]) -> Outcome:
    """Return the outcome of a run with these settings."""
    from nnzoo import api
    from nnzoo.config.compose import compose
    from nnzoo.errors import UserError
    from nnzoo.training.run import run

    begin = time.perf_counter()
    try:
        with tempfile.TemporaryDirectory(prefix="walk-") as folder:
            given = [*overrides, f"output_dir={folder}"]
            result = run(api.plain(compose(given)), given)
            outcome = {"outcome": result.status, "message": result.message}
    except UserError as error:
        outcome = {"outcome": "refused", "message": str(error)}
    except Exception as error:
        outcome = {"outcome": "fault", "message": f"{type(error).__name__}: {error}"}
    return outcome | {"seconds": round(time.perf_counter() - begin, 2)}


def follow(given: Sequence[str], outcome: Outcome) -> Iterator[tuple[list[str], Outcome]]:
    """Yield the settings added as messages advise, and what they lead to, until a pair trains."""
    added: dict[str, str] = {}
    for _ in range(MAX_ADVICE):
        named = dict(line.split("=", 1) for line in SETTING.findall(outcome["message"]) if "..." not in line)
        named = {key: value for key, value in named.items() if key not in added}
        if outcome["outcome"] != "refused" or not named or USERS_FILE[0] in outcome["message"]:
            return
        key = list(named)[-1]
        added[key] = named[key]
        kept = [line for line in given if line.split("=")[0] not in added]
        outcome = try_pair([*kept, *(f"{key}={value}" for key, value in added.items())])
        yield [f"{key}={value}" for key, value in added.items()], outcome


def examine(model: str, data: str, settings: Sequence[str] = QUIET) -> Outcome:
    """Return the outcome of a pair, and that of the settings which its message names."""
    given = [f"model={model}", f"data={data}", *FEW, *settings]
    found = try_pair(given)
    for added, outcome in follow(given, found):
        found |= {"added": list(added), "then": outcome["outcome"], "then_message": outcome["message"]}
    return {"model": model, "data": data} | found


def work(connection: Connection) -> None:
    """Examine the pairs that arrive, in a process of limited memory. Notes to the user are sent before the outcome."""
    resource.setrlimit(resource.RLIMIT_AS, (GIGABYTES << 30, GIGABYTES << 30))
    warnings.simplefilter("always")
    warnings.showwarning = lambda message, *_: connection.send(str(message))
    try:
        while True:
            connection.send(examine(*connection.recv()))
    except EOFError:  # the walk has ended
        pass


class Worker:
    """A process that examines pairs; one that takes too long or dies is replaced."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Start the process."""
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other,), daemon=True)
        self.process.start()
        other.close()
        self.examine("linear", "xor")  # imports what takes seconds

    def examine(self, model: str, data: str) -> Outcome:
        """Return the outcome of a pair; one that took too long has the notes as its message."""
        self.connection.send((model, data))
        outcome, notes = "too long", []
        try:
            end = time.monotonic() + SECONDS
            while self.connection.poll(max(0.0, end - time.monotonic())):
                found: Outcome | str = self.connection.recv()
                if isinstance(found, dict):
                    return found
                notes.append(found)
        except EOFError:
            outcome = "killed"
        self.process.kill()
        self.process.join()
        self.start()
        return {"model": model, "data": data, "outcome": outcome, "message": "; ".join(notes), "seconds": SECONDS}


def good(found: Outcome) -> bool:
    """Return whether a pair trains, or is refused with settings that make it train, or announced that it takes long."""
    announced = found["outcome"] == "too long" and ANNOUNCED in found["message"]
    return (
        announced
        or "done" in (found["outcome"], found.get("then"))
        or any(words in found.get(key, "") for key in ("message", "then_message") for words in USERS_FILE)
    )


def main(arguments: Sequence[str]) -> int:
    """Walk; return the exit code."""
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    file, names = Path(arguments[0]), set(arguments[1:])
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    known = [json.loads(line) for line in lines]
    examined = {(found["model"], found["data"]) for found in known}
    chosen = [pair for pair in pairs() if not names or names & set(pair)]
    worker = Worker()
    with file.open("a", encoding="utf-8") as out:
        for pair in chosen:
            if pair in examined:
                continue
            known.append(worker.examine(*pair))
            print(json.dumps(known[-1]), file=out, flush=True)
    bad = [found for found in known if (found["model"], found["data"]) in chosen and not good(found)]
    for found in bad:
        print(f"model={found['model']} data={found['data']}: {found['outcome']}: {found['message']}")
    print(f"{len(chosen) - len(bad)} of {len(chosen)} pairs train, or name the setting that makes them train")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
