"""A trained network with everything that using it needs.

Shapes: B examples, T steps, K classes or labels, D real targets.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from ..builders.adapters import Network
from ..errors import UserError
from ..files.paths import existing_file, expand_path
from ..losses.weighted import Weighted
from ..preprocessing.base import Inputs, Preprocessing
from ..preprocessing.images import ImagePreprocessing
from ..preprocessing.series import SeriesPreprocessing
from ..spec import DataSpec
from ..tasks.heads import Head
from ..text.sequences import decode_sequences
from ..training.surroundings import own_settings
from ..transforms import Transforms
from .arguments import seed_number, whole_number

Answers = dict[str, "np.ndarray[Any, Any]"]
NUMBERS = 1 << 20  # of the input, in one forward pass
MOST_ROWS = 1000
ANSWERS = ("prediction", "output", "probabilities", "mask")
CODES = ("code", "mask")


@runtime_checkable
class Generative(Protocol):
    """A network that makes examples (n, F), with torch's random numbers."""

    def sample(self, n: int) -> Tensor:
        """Return n examples."""


class Trained(nn.Module):
    """The network of a run, in evaluation mode: `net(x)` for tensors, `net.predict(raw)` for all else.

    network: takes what training took; head: what its outputs mean; transforms: what was done in training to inputs that
    the preprocessing gives; spec, preprocessing, config: of the data and the run.
    """

    def __init__(
        self,
        *,
        network: Network,
        head: Head,
        preprocessing: Preprocessing,
        transforms: Transforms,
        config: dict[str, Any],
    ) -> None:
        super().__init__()
        self.network = network
        self.head = head
        self.preprocessing = preprocessing
        self.transforms = transforms
        self.spec: DataSpec = head.spec
        self.config = config
        self.eval()

    @property
    def model(self) -> nn.Module:
        """The network of the zoo by itself."""
        return self.network.model

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the outputs for raw numbers: real ones in the target's units, else the network's scores.

        x: as the data had it before it was scaled, (B, *shape) or (B, T, *shape) with mask (B, T).
        """
        output: Tensor = self.network(self.transforms(self.preprocessing.scaled(x)), mask)
        return self.spec.in_units(output) if self.spec.target == "real" else output

    def predict(self, raw: Any, *, probabilities: bool = False) -> Answers:
        """Return the answers for raw examples; see `nnzoo.predict`."""
        with own_settings():
            return joined(list(self.answers(self._pieces(raw), probabilities=probabilities)))

    def encode(self, raw: Any) -> Answers:
        """Return the codes of raw examples; see `nnzoo.encode`."""
        with own_settings():
            return joined(list(self.codes(self._pieces(raw))))

    @property
    def generates(self) -> bool:
        """Whether the network makes examples like those it was trained on."""
        return isinstance(self.model, Generative)

    def sample(self, n: int, *, seed: int = 0) -> "np.ndarray[Any, Any]":
        """Return examples that the network generates, in the user's units: (n, *shape).

        Raises UserError for networks that generate none, and for values out of range.
        """
        model = self.model
        if not isinstance(model, Generative):
            name, texts = type(model).__name__, self.spec.target == "next_token"
            instead = (
                "nnzoo.sample(run, prompt) continues texts" if texts else "model=gan and model=rbm do, for example"
            )
            raise UserError(f"{name} generates no examples; {instead}")
        n, seed = whole_number("the number of examples", n, least=1), seed_number(seed)
        with own_settings(), torch.random.fork_rng(devices=[]):
            torch.default_generator.manual_seed(seed)
            return self.restored(model.sample(n).view(n, *self.spec.shape)).numpy()

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs of the network (*n, *spec.shape) in the user's units."""
        return self.preprocessing.restored(self.transforms.inverse(x))

    def read(self, name: str | Path) -> Iterator[Inputs]:
        """Yield the examples of a file, or of a folder of pictures. Raises UserError if there are none."""
        is_folder = isinstance(self.preprocessing, ImagePreprocessing) and expand_path(name).is_dir()
        path = expand_path(name) if is_folder else existing_file(name)
        empty = True
        for inputs in self.preprocessing.read(path):
            yield inputs
            empty = False
        if empty:
            raise UserError(f"{path} holds no examples")

    def continued(self, raw: Any, length: int) -> Answers:
        """Return the next `length` rows of a series; `raw`: the series, or the path of a file.

        Raises UserError for networks that forecast no series, and for a series that does not fit.
        """
        if not isinstance(self.preprocessing, SeriesPreprocessing):
            raise UserError(f"length={length!r} is for networks that forecast a series; the data is {self.spec}")
        length = whole_number("length", length, least=1)
        with own_settings(), torch.no_grad():
            times, values = self.preprocessing.continue_series(self.network, raw, length)
        heading = "index" if isinstance(times, range) else "time"
        return {heading: np.asarray(times), "prediction": without_last(values)}

    @property
    def headings(self) -> list[str]:
        """The headings of the columns that predictions have in a table."""
        if isinstance(self.preprocessing, SeriesPreprocessing):
            return self.preprocessing.headings
        if self.spec.target == "input":
            size = self.restored(torch.zeros(1, *self.spec.shape)).numel()  # of an input as the data has it
            names: Sequence[Any] = self.preprocessing.features
        else:
            size = self.spec.target_size if self.spec.target in ("real", "multilabel") else 1
            names = self.spec.labels
        return ["prediction"] if size == 1 else [f"prediction_{name}" for name in names or range(1, size + 1)]

    @property
    def per_step(self) -> bool:
        """Whether there is a prediction for each step of an example."""
        return self.spec.per_step and not isinstance(self.preprocessing, SeriesPreprocessing)

    def answers(self, pieces: Iterator[Inputs], *, probabilities: bool) -> Iterator[Answers]:
        """Yield the answers about pieces of examples, with what tells the examples apart."""
        for inputs in pieces:
            with torch.no_grad():
                outputs = [self.network(self.transforms(x), mask) for x, mask in batches(inputs)]
            yield self._answers(torch.cat(outputs), inputs, probabilities) | named(inputs, {*ANSWERS, *self.headings})

    def codes(self, pieces: Iterator[Inputs]) -> Iterator[Answers]:
        """Yield the codes of pieces of examples, with what tells the examples apart.

        Raises UserError for networks that have none.
        """
        for inputs in pieces:
            with torch.no_grad():
                codes = [self.network.encode(self.transforms(x), mask) for x, mask in batches(inputs)]
            found: Answers = {"code": torch.cat(codes).numpy()}
            if inputs.mask is not None:
                found["mask"] = inputs.mask.numpy()
            yield found | named(inputs, set(CODES))

    def _pieces(self, raw: Any) -> Iterator[Inputs]:
        """Return raw examples from Python, or those of a file."""
        is_path = isinstance(raw, Path) or (isinstance(raw, str) and not reads_texts(self.preprocessing))
        return self.read(raw) if is_path else iter([self.preprocessing.encode(raw)])

    def _answers(self, output: Tensor, inputs: Inputs, probabilities: bool) -> Answers:
        found: Answers = {"prediction": self._in_words(output, inputs), "output": output.numpy()}
        if probabilities:
            found["probabilities"] = self._probabilities(output).numpy()
        if inputs.mask is not None:
            found["mask"] = inputs.mask.numpy()
        return found

    def _in_words(self, output: Tensor, inputs: Inputs) -> "np.ndarray[Any, Any]":
        """Return predictions as the user's classes, tokens or units; of a series, those of the last step.

        Sequences of symbols are text.
        Inputs that were reconstructed have the shape in which the network takes them.
        """
        if isinstance(self.preprocessing, SeriesPreprocessing):
            ahead = self.preprocessing.decode((output[:, -1] if self.spec.per_step else output).numpy(), inputs)
            return without_last(ahead)
        predicted = self.head.predict(output)
        if self.spec.target == "input":
            predicted = self.restored(predicted.unflatten(-1, self.spec.shape))
        values: np.ndarray[Any, Any] = predicted.numpy()
        if self.spec.target == "real":
            return without_last(values)
        if self.spec.target == "classes" and (names := self.spec.classes or self.spec.labels):
            return np.array(names)[values]
        if self.spec.target == "next_token":
            return np.array(self.spec.vocabulary)[values]
        if self.spec.target == "sequence":
            return np.array(decode_sequences(predicted, self.spec.labels))
        return values

    def _probabilities(self, output: Tensor) -> Tensor:
        """Return the probability of each class or label: (*n, K). Raises UserError where the loss gives none."""
        found = self.head.loss.probabilities(output)
        if found is None:
            loss = self.head.loss.loss if isinstance(self.head.loss, Weighted) else self.head.loss
            chosen = self.config["choices"]
            name = chosen.get("loss") or chosen.get("rule") or type(loss).__name__
            raise UserError(f"the outputs of a network trained with '{name}' are no probabilities; leave them out")
        return found


def reads_texts(preprocessing: Preprocessing) -> bool:
    """Tell whether a str is an example, a sentence say; else it is the path of a file."""
    return preprocessing.kind == "tokens"


def without_last(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return predictions (*n, 1) as (*n), like targets of one number each; (*n, D) as they are."""
    return values.squeeze(-1) if values.shape[-1] == 1 else values


def batches(inputs: Inputs) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield examples a forward pass at a time, so that memory does not grow with their number."""
    rows = max(1, min(MOST_ROWS, NUMBERS // max(1, inputs.x[:1].numel())))
    for begin in range(0, max(1, len(inputs.x)), rows):
        mask = None if inputs.mask is None else inputs.mask[begin : begin + rows]
        yield inputs.x[begin : begin + rows], mask


def named(inputs: Inputs, taken: set[str]) -> Answers:
    """Return what tells examples apart, under other names than the answers have."""
    return {f"id_{key}" if key in taken else key: column(values) for key, values in inputs.names.items()}


def column(values: Sequence[Any]) -> "np.ndarray[Any, Any]":
    """Return what tells examples apart as an array: numbers, or text with "" for a missing cell."""
    found = np.asarray(values)
    if any(isinstance(value, str) for value in values):
        found = np.array(["" if value is None or value != value else str(value) for value in values])
    return found


def joined(parts: list[Answers]) -> Answers:
    """Return the answers of several pieces as one; shorter sequences are padded with zeros or "" at the end."""
    return {key: padded([part[key] for part in parts]) for key in parts[0]}


def padded(arrays: "list[np.ndarray[Any, Any]]") -> "np.ndarray[Any, Any]":
    """Return arrays (*, T, ...) of several T one after the other."""
    if len({array.shape[1:] for array in arrays}) == 1:
        return np.concatenate(arrays)
    steps = max(array.shape[1] for array in arrays)
    shape = (sum(map(len, arrays)), steps, *arrays[0].shape[2:])
    found = np.zeros(shape, dtype=np.result_type(*arrays))
    begin = 0
    for array in arrays:
        found[begin : begin + len(array), : array.shape[1]] = array
        begin += len(array)
    return found
