"""Linear networks and an MLP against scikit-learn, and the perceptron's rule against loops over the examples.

`compared`: both sides see the same examples, in batches of the same size, for the same number of epochs, with the same
learning rate and as many threads; the times are of an epoch, the errors those of the whole training. `raced`: the time
to the same test error, of the same on both sides or of each as it is by default.
"""

import statistics
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytorch_lightning as pl
import torch
from nnzoo.builders.data import build_data
from nnzoo.data.base import Data
from nnzoo.errors import UserError
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier
from threadpoolctl import threadpool_limits

from training import WARM, Case, config_of, prepared, trained

MNIST = ("data=mnist", "data.val=0", "optimizer=sgd")
ONLINE = Path(tempfile.gettempdir()) / "nnzoo-bench-online.npz"
EXAMPLES, FEATURES = 25000, 30  # a fifth is not learned from
REPEATS = 5  # of online learning
PATIENCE = 4  # times as many epochs as theirs


class Against(NamedTuple):
    """A run of ours and the estimator of scikit-learn that does the same in so many epochs."""

    case: Case
    estimator: Callable[[int], Any]


def dense(hidden: tuple[int, ...], batch: int, lr: float) -> Callable[[int], Any]:
    """Return what makes a network of scikit-learn's under plain gradient descent."""
    return lambda epochs: MLPClassifier(
        hidden,
        solver="sgd",
        alpha=0,
        batch_size=batch,
        learning_rate_init=lr,
        momentum=0,
        max_iter=epochs,
        tol=0,
        n_iter_no_change=epochs,
        random_state=0,
    )


def single(loss: str, lr: float) -> Callable[[int], Any]:
    """Return what makes scikit-learn's linear classifier, which learns from one example after the other."""
    return lambda epochs: SGDClassifier(
        loss=loss, penalty=None, learning_rate="constant", eta0=lr, max_iter=epochs, tol=None, random_state=0
    )


CASES = [
    Against(
        Case(
            "MLP 784-120-84-10, batch 1000 / MLPClassifier",
            ("model=mlp", "model.hidden=[120,84]", "init=xavier", *MNIST, "loader.batch_size=1000", "optimizer.lr=0.5"),
            epochs=4,
            target=1.0,
        ),
        dense((120, 84), 1000, 0.5),
    ),
    Against(
        Case(
            "softmax regression, batch 100 / MLPClassifier without hidden layers",
            ("model=softmax_regression", *MNIST, "loader.batch_size=100", "optimizer.lr=0.1"),
            epochs=4,
            target=1.0,
        ),
        dense((), 100, 0.1),
    ),
    Against(
        Case(
            "logistic regression, one against all, batch 1 / SGDClassifier",
            ("model=logistic_regression", *MNIST, "loader.batch_size=1", "optimizer.lr=0.01"),
            epochs=1,
            target=1.0,
            repeats=1,
        ),
        single("log_loss", 0.01),
    ),
    Against(
        Case(
            "online perceptron, one against all / SGDClassifier",
            ("model=perceptron", "rule.online=true", *MNIST, "loader.batch_size=100", "optimizer.lr=1.0"),
            epochs=1,
            target=1.0,
            repeats=3,
        ),
        single("perceptron", 1.0),
    ),
]
RACES = [
    Against(replace(CASES[0].case, epochs=8, repeats=2), CASES[0].estimator),
    Against(
        Case(
            "softmax regression, batch 100 / SGDClassifier, its own settings",
            ("model=softmax_regression", *MNIST, "loader.batch_size=100", "optimizer.lr=0.1"),
            epochs=8,
            target=1.0,
            repeats=1,
        ),
        lambda _: SGDClassifier(random_state=0),
    ),
]


def compared(against: Against) -> dict[str, Any]:
    """Return times and test errors of both sides, which take turns. Raises UserError where there is no MNIST."""
    case = against.case
    data, threads = prepared(case)
    train, test = arrays(data)
    epochs, times, wrong = case.epochs + WARM, [], {}
    for _ in range(case.repeats):
        estimator = against.estimator(epochs)
        with threadpool_limits(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            start = time.perf_counter()
            estimator.fit(*train)
            theirs = (time.perf_counter() - start) / epochs
        wrong["sklearn_error"] = 1 - float(estimator.score(*test))
        ours, task = trained(case, data)
        wrong["ours_error"] = error(task, data)
        times.append((theirs, ours))
    theirs, ours = (statistics.median(each) for each in zip(*times, strict=True))
    return {
        "case": case.name,
        "threads": threads,
        "epochs": epochs,
        "sklearn_seconds": theirs,
        "ours_seconds": ours,
        "ratio": statistics.median(b / a for a, b in times),
        "target": case.target,
        **wrong,
    }


def arrays(data: Data) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield inputs and classes of training and test set as scikit-learn takes them."""
    for split in ("train", "test"):
        part = data.splits[split]
        yield part.x.flatten(1).numpy().astype("float32") / 255, part.y.numpy()


class Race(NamedTuple):
    """Seconds of training, and the test error then."""

    seconds: float
    error: float


class Until(pl.Callback):
    """Train until an error is reached; looking at it takes no time. look: from the task to its error now."""

    def __init__(self, goal: float, look: Callable[[Any], float]) -> None:
        self.goal, self.look = goal, look
        self.start: float | None = None
        self.looked = 0.0
        self.end = Race(0.0, 1.0)

    def on_train_epoch_start(self, *_: Any) -> None:
        self.start = self.start or time.perf_counter()

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Any) -> None:
        now = time.perf_counter()
        assert self.start is not None
        self.end = Race(now - self.start - self.looked, self.look(task))
        trainer.should_stop = self.end.error <= self.goal
        self.looked += time.perf_counter() - now


def raced(against: Against) -> dict[str, Any]:
    """Return the least test error of scikit-learn's in so many epochs, and the time of both sides to it."""
    case = against.case
    data, threads = prepared(case)
    train, test = arrays(data)
    times: list[tuple[Race, Race]] = []
    for _ in range(case.repeats):
        estimator, seconds, seen = against.estimator(1), 0.0, []
        with threadpool_limits(threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            for _ in range(case.epochs):
                start = time.perf_counter()
                estimator.partial_fit(*train, classes=np.arange(10))
                seconds += time.perf_counter() - start
                seen.append(Race(seconds, 1 - float(estimator.score(*test))))
        best = min(seen, key=lambda each: each.error)
        until = Until(best.error, partial(error, data=data))
        trained(replace(case, epochs=PATIENCE * case.epochs), data, until)
        times.append((best, until.end))
    theirs, ours = sorted(times, key=lambda pair: pair[1].seconds / pair[0].seconds)[len(times) // 2]
    return {
        "case": case.name,
        "threads": threads,
        "sklearn_seconds": theirs.seconds,
        "ours_seconds": ours.seconds,
        "ratio": ours.seconds / theirs.seconds,
        "target": case.target,
        "sklearn_error": theirs.error,
        "ours_error": ours.error,
    }


@torch.no_grad()
def error(task: Any, data: Data) -> float:
    """Return the share of the test examples that are classified wrongly."""
    training = task.net.training
    task.net.eval()
    loader = data.eval_loader("test")
    loader.to(task.device)
    wrong = sum(int((task.head.predict(task.net(batch.x)) != batch.y).sum()) for batch in loader)
    task.net.train(training)
    return wrong / len(data.splits["test"])


def numpy_loop(x: np.ndarray, y: np.ndarray, epochs: int) -> None:
    """Learn by the perceptron's rule from one example after the other, as anybody would write it."""
    w, b = np.zeros(x.shape[1], dtype=x.dtype), 0.0
    generator = np.random.default_rng(0)
    for _ in range(epochs):
        for i in generator.permutation(len(x)):
            if y[i] * (w @ x[i] + b) <= 0:
                w += y[i] * x[i]
                b += y[i]


def torch_loop(x: torch.Tensor, y: torch.Tensor, epochs: int) -> None:
    """Learn in the same way with tensors."""
    w, b = torch.zeros(x.shape[1]), torch.zeros(())
    for _ in range(epochs):
        for i in torch.randperm(len(x)):
            if y[i] * (w @ x[i] + b) <= 0:
                w += y[i] * x[i]
                b += y[i]


def online(batch: int, epochs: int = 2) -> list[dict[str, Any]]:
    """Return microseconds an example of the online rule and of both loops; the sides take turns.

    batch: examples in a batch of ours; what is learned does not depend on it.
    """
    generator = np.random.default_rng(0)
    x = generator.normal(size=(EXAMPLES, FEATURES)).astype("float32")
    classes = (x @ generator.normal(size=FEATURES) + generator.normal(size=EXAMPLES) > 0).astype("int64")
    np.savez(ONLINE, x=x, y=classes)
    given = ("model=perceptron", "rule.online=true", "data=array", f"data.path={ONLINE}", "data.val=0")
    case = Case("", (*given, f"loader.batch_size={batch}", "optimizer.lr=1.0"), epochs=epochs, target=1.3)
    data = build_data(config_of(case))
    rows = data.splits["train"].batch()
    signs = (2 * rows.y - 1).to(rows.x)
    torch.set_num_threads(1)
    sides: dict[str, Callable[[], float]] = {
        "NumPy": lambda: per_epoch(lambda: numpy_loop(rows.x.numpy(), signs.numpy(), epochs), epochs),
        "PyTorch": lambda: per_epoch(lambda: torch_loop(rows.x, signs, epochs), epochs),
        "ours": lambda: trained(case, data)[0],
    }
    times: dict[str, list[float]] = {name: [] for name in sides}
    try:
        for _ in range(REPEATS):
            for name, side in sides.items():
                times[name].append(1e6 * side() / len(rows.x))
    finally:
        ONLINE.unlink()
    return [
        {
            "loop": name,
            "batch": batch,
            "loop_us": statistics.median(times[name]),
            "ours_us": statistics.median(times["ours"]),
            "ratio": statistics.median(a / b for a, b in zip(times["ours"], times[name], strict=True)),
            "target": case.target,
        }
        for name in ("NumPy", "PyTorch")
    ]


def per_epoch(work: Callable[[], None], epochs: int) -> float:
    """Return the seconds of one of the epochs."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / epochs


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the comparisons with scikit-learn; without MNIST none, and a line that says why."""
    yield from without_mnist_none(compared, CASES)


def all_races() -> Iterator[dict[str, Any]]:
    """Yield the races against scikit-learn; without MNIST none."""
    yield from without_mnist_none(raced, RACES)


def without_mnist_none(measure: Callable[[Against], dict[str, Any]], cases: list[Against]) -> Iterator[dict[str, Any]]:
    """Yield what is measured of each case."""
    try:
        yield from map(measure, cases)
    except UserError as error:
        print(f"skipped the comparisons with scikit-learn: {error}", flush=True)
