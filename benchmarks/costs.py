"""How time and memory grow with what a user has much of: classes, words, steps, text.

Each case runs in a process of its own, with one thread. `growth` is how many times as long a size takes as the size
before, divided by how many times as large it is: 1 is linear.

`python benchmarks/costs.py NAME` measures one case.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from memory import highest
from nnzoo import api
from nnzoo.builders.adapters import Network
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.callbacks.figures import render
from nnzoo.config.compose import compose
from nnzoo.data.base import Data, Splits
from nnzoo.data.text.language_model import WordText
from nnzoo.figures.classes.confusion import plot_confusion
from nnzoo.losses.base import Loss
from nnzoo.spec import Batch, BatchKind, DataSpec
from nnzoo.tasks.base import Task
from nnzoo.tasks.components import Components
from nnzoo.text.decoding import sample

GROWTH_TARGET = 1.5
WORDS_IN_ALL, VOCABULARY = 300_000, 20_000
Job = Callable[[], object]


class Case(NamedTuple):
    """Something that grows: `prepare` makes what is measured of a size and a folder for files.

    memory_target: MiB for a size.
    """

    name: str
    unit: str
    sizes: tuple[int, ...]
    prepare: Callable[[int, Path], Job]
    memory_target: Callable[[int], float] = lambda _: 100


class Given(Data):
    """A test split that is given."""

    def __init__(self, spec: DataSpec, split: Batch, *, batch_kind: BatchKind) -> None:
        super().__init__(seed=0)
        self.spec, self.split, self.batch_kind = spec, split, batch_kind

    def load(self) -> Splits:
        return {"test": self.split}


def language(words: int) -> DataSpec:
    names = tuple(map(str, range(words)))
    return DataSpec("tokens", (), "next_token", words, sequence=True, per_step=True, vocabulary=names)


def network(spec: DataSpec) -> tuple[Network, Loss]:
    config = api.plain(compose(["model=lstm", "model.hidden=32"]))
    loss = build_loss(config, spec)
    return build_network(config | {"seed": 0}, spec, loss).eval(), loss


def prepare_confusion(classes: int, folder: Path) -> Job:
    """10 examples of each class, of which a third is taken for one of the next classes."""
    generator = torch.Generator().manual_seed(0)
    true = torch.randint(classes, (10 * classes,), generator=generator)
    wrong = torch.rand(len(true), generator=generator) < 1 / 3
    predicted = (true + wrong * torch.randint(1, 4, true.shape, generator=generator)) % classes
    return lambda: render(plot_confusion(predicted, true, classes), folder / "confusion.png")


def prepare_vocabulary(words: int, folder: Path) -> Job:
    """A text of 10 rows of 500 steps."""
    spec = language(words)
    ids = torch.randint(words, (10, 501), generator=torch.Generator().manual_seed(0))
    return evaluation(Given(spec, Batch(ids[:, :-1], ids[:, 1:]), batch_kind="contiguous"))


def prepare_windows(steps: int, folder: Path) -> Job:
    """1000 windows of a series, each of a class."""
    spec = DataSpec("real", (1,), "classes", 2, sequence=True, seq_len=steps)
    x = torch.randn(1000, steps, 1, generator=torch.Generator().manual_seed(0))
    return evaluation(Given(spec, Batch(x, torch.arange(1000) % 2), batch_kind="examples"))


def evaluation(data: Given) -> Job:
    net, loss = network(data.spec)
    task = Task(components=Components(net=net, loss=loss, optimizer=torch.optim.Adam, spec=data.spec, config={}))
    loader = data.eval_loader("test")

    def evaluate() -> None:
        with torch.inference_mode():
            for batch in loader:
                task.measure("test", batch)

    return evaluate


def prepare_sampling(words: int, folder: Path) -> Job:
    """50 tokens drawn one after the other."""
    net, loss = network(language(words))
    return lambda: sample(net, loss, torch.tensor([0]), steps=50, generator=torch.Generator().manual_seed(0))


def prepare_reading(megabytes: int, folder: Path) -> Job:
    """Sentences of 10 words of 300 thousand."""
    path = folder / "text.txt"
    with path.open("w") as file:
        for sentences in sentences_of(WORDS_IN_ALL):
            file.writelines(" ".join(sentence) + ".\n" for sentence in sentences)
            if file.tell() >= megabytes * 10**6:
                break
    return lambda: WordText(path=str(path)).splits


def sentences_of(words: int) -> Iterator[list[list[str]]]:
    """Yield 10 000 sentences of 10 words at a time, which are as frequent as Zipf has it."""
    generator = np.random.default_rng(0)
    names = np.array([f"w{place:x}" for place in range(words)])
    chances = np.cumsum(1 / np.arange(1, words + 1))
    while True:
        yield names[np.searchsorted(chances, chances[-1] * generator.random((10_000, 10)))].tolist()


def prepare_word_vectors(words: int, folder: Path) -> Job:
    """One pass over a text with 20 thousand different words."""
    path = folder / "text.txt"
    with path.open("w") as file:
        for sentences in islice(sentences_of(VOCABULARY), words // 100_000):
            file.writelines(" ".join(sentence) + "\n" for sentence in sentences)
    settings = ["model=skip_gram", "data=corpus", f"data.path={path}", "data.cut=blanks", "trainer.max_epochs=1"]
    held_out = ["data.val=0", "data.test=0.001", "evaluate=[]", "callbacks=none"]
    return lambda: api.train(*settings, *held_out, output_dir=folder)


CASES = {
    "confusion": Case("most confused classes", "classes", (100, 1000, 10_000), prepare_confusion),
    "vocabulary": Case("evaluating a text", "words known", (1000, 10_000, 100_000), prepare_vocabulary),
    "windows": Case("evaluating 1000 windows", "steps", (40, 400, 4000), prepare_windows),
    "sampling": Case("drawing 50 tokens", "words known", (1000, 10_000, 100_000), prepare_sampling),
    "word_vectors": Case(
        "learning word vectors", "words", (1_000_000, 10_000_000, 50_000_000), prepare_word_vectors, lambda _: 200
    ),
    "reading": Case("reading a text of words", "MB", (1, 10, 100), prepare_reading, lambda mb: 50 + 5 * mb),
}


def measured(case: Case, sizes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Return seconds of CPU time and MiB by size, measured in this process."""
    found: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as directory:
        case.prepare(sizes[0], Path(directory))()  # imports what it needs on the way
        for size in sizes:
            job = case.prepare(size, Path(directory))
            with suppress(OSError):  # Linux forgets the peak so far
                Path("/proc/self/clear_refs").write_text("5")
            before, start = highest(), time.process_time()
            job()
            row = {"case": case.name, "size": size, "unit": case.unit, "seconds": time.process_time() - start}
            row |= {"mib": highest() - before, "memory_target": case.memory_target(size)}
            if found:
                last = found[-1]
                growth = row["seconds"] / last["seconds"] / (size / last["size"])
                row |= {"growth": growth, "target": GROWTH_TARGET}
            found.append(row)
    return found


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the rows of all cases."""
    for name in CASES:
        command = [sys.executable, "-W", "ignore", __file__, name]
        yield from json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def smallest() -> Iterator[dict[str, Any]]:
    """Yield the rows of the smallest sizes, measured in this process."""
    for case in CASES.values():
        yield from measured(case, case.sizes[:1])


if __name__ == "__main__":
    torch.set_num_threads(1)
    chosen = CASES[sys.argv[1]]
    print(json.dumps(measured(chosen, chosen.sizes)))
