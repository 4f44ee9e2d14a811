"""Trained networks with their preprocessing and heads.

Shapes: B examples, T steps, K classes or labels, D real targets.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

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
from ..runs.directory import RunDirectory
from ..spec import DataSpec
from ..tasks.heads import Head
from ..text.named_vectors import NamedVectors, Neighbor, name_vectors
from ..text.sequences import decode_sequences
from ..training.device_settings import set_memory_format
from ..training.isolation import own_settings
from ..transforms import Transforms
from .arguments import seed_number, whole_number
from .codes import as_codes
from .features import LayerFeatures, Pool
from .generation import Conditional, generate, generates

if TYPE_CHECKING:
    from .explanations.explanation import Explanation

Predictions = dict[str, "np.ndarray[Any, Any]"]
MAX_NUMBERS = 1 << 20  # maximum input numbers per forward pass
MAX_ROWS = 1000
PREDICTION_KEYS = ("prediction", "box", "output", "probabilities", "mask")
CODE_KEYS = ("code", "mask")


class Trained(nn.Module):
    """The trained network of a run in evaluation mode: `net(x)` takes tensors, `net.predict(raw)` takes raw examples.

    network: takes preprocessed and transformed inputs, as in training; head: converts outputs to predictions;
    transforms: of preprocessed inputs; spec, preprocessing: of the data; config: of the run; run: its directory, None
    for a checkpoint outside of one.
    """

    def __init__(
        self,
        *,
        network: Network,
        head: Head,
        preprocessing: Preprocessing,
        transforms: Transforms,
        config: dict[str, Any],
        run: RunDirectory | None = None,
    ) -> None:
        super().__init__()
        self.network = network
        self.head = head
        self.preprocessing = preprocessing
        self.transforms = transforms
        self.spec: DataSpec = head.spec
        self.config = config
        self.run = run
        self.eval()
        set_memory_format(network, config["trainer"]["channels_last"], "cpu")

    @property
    def model(self) -> nn.Module:
        """The network without its adapter."""
        return self.network.model

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the outputs for raw numbers: in the target's units for real targets, else raw scores.

        x: inputs before scaling, (B, *shape) or (B, T, *shape) with mask (B, T).
        """
        output: Tensor = self.network(self.transforms(self.preprocessing.scaled(x)), mask)
        return self.spec.in_units(output) if self.spec.target == "real" else output

    def predict(self, raw: Any, *, probabilities: bool = False) -> Predictions:
        """Return the predictions for raw examples; see `nnzoo.predict`."""
        with own_settings():
            return concatenate(list(self.predict_chunks(self.chunks(raw), probabilities=probabilities)))

    def encode(self, raw: Any, *, layer: str | None = None, pool: Pool | None = None) -> Predictions:
        """Return the codes of raw examples, or the outputs of a layer; see `nnzoo.encode`."""
        with own_settings():
            return concatenate(list(self.encode_chunks(self.chunks(raw), self.features(layer, pool))))

    def transform(self, raw: Any, *, layer: str | None = None, pool: Pool | None = None) -> "np.ndarray[Any, Any]":
        """Return the codes of raw examples: (N, K), or (N, T, K) with a code for each step. See `encode`."""
        return self.encode(raw, layer=layer, pool=pool)["code"]

    def features(self, layer: str | None, pool: str | None = None) -> LayerFeatures | None:
        """Return what computes the outputs of a layer, None without one. Raises UserError as `LayerFeatures` does."""
        if layer is None and pool is not None:
            raise UserError(f"pool={pool} has no effect without layer=NAME; leave it out")
        return None if layer is None else LayerFeatures(self.network, self.spec, layer, pool)

    def inverse_transform(self, codes: Any) -> "np.ndarray[Any, Any]":
        """Return the reconstructions of codes, those of `predict` if the codes are those of `transform`.

        They differ only for convolutional networks that unpool with switches, which are not part of the code.
        Raises UserError for networks without a decoder, and for codes of another size.
        """
        with own_settings():
            inputs = as_codes(codes, self.code_shape, sequence=self.spec.per_step)
            return concatenate(list(self.decode_chunks(iter([inputs]))))["prediction"]

    @property
    def code_shape(self) -> tuple[int, ...]:
        """The shape of the code of an example or a step. Raises UserError for networks without codes."""
        example = self.spec.fake_batch(1, torch.Generator().manual_seed(0))
        with torch.no_grad():
            code: Tensor = self.network.encode(example.x, example.mask)
        return tuple(code.shape[1 + self.spec.per_step :])

    def recommend(
        self,
        users: Any = None,
        n: int = 10,
        *,
        ratings: Any = None,
        items: Sequence[Any] | None = None,
        include_rated: bool = False,
    ) -> Predictions:
        """Return the n items with the highest predicted ratings for each user; see `nnzoo.recommend`."""
        from .recommendations.recommend import Recommender  # imported late: it imports this module

        return Recommender(self).recommend(users, n, ratings=ratings, items=items, include_rated=include_rated)

    def vectors(self, which: str = "input") -> NamedVectors:
        """Return the vectors of words, nodes or documents with their names.

        which: input, output, sum or both, which concatenates them. Raises UserError for networks without such vectors.
        """
        return name_vectors(self.spec, which, self.network.vectors(which))

    def neighbors(self, word: str, top: int = 10, *, vectors: str = "input") -> list[Neighbor]:
        """Return the words with the highest cosine with a word; see `nnzoo.neighbors`."""
        return self.vectors(vectors).neighbors(word, top)

    def analogy(self, a: str, b: str, c: str, top: int = 10, *, vectors: str = "input") -> list[Neighbor]:
        """Return the words that complete "a is to b as c is to ..."; see `nnzoo.analogy`."""
        return self.vectors(vectors).analogy(a, b, c, top)

    def similarity(self, a: str, b: str, *, vectors: str = "input") -> float:
        """Return the cosine of the vectors of two words, in [-1, 1]; see `nnzoo.similarity`."""
        return self.vectors(vectors).similarity(a, b)

    def explain(
        self,
        raw: Any,
        method: str = "saliency",
        *,
        target: str | int | None = None,
        layer: str | None = None,
        unit: int | None = None,
        images: int = 8,
    ) -> "Explanation":
        """Return an explanation of what the network computes from raw images; see `nnzoo.explain`."""
        from .explanations.explain import explained, given_images  # imported late: it imports this module

        return explained(self, given_images(self, raw), method, target=target, layer=layer, unit=unit, images=images)

    @property
    def generates(self) -> bool:
        """Whether the network generates examples."""
        return generates(self.model)

    @property
    def condition(self) -> Literal["class", "input"] | None:
        """What the network generates examples for: a class, or an input to complete; None for other networks."""
        if not isinstance(self.model, Conditional):
            return None
        return "class" if self.spec.context else "input"

    def sample(self, n: int, *, seed: int = 0, given: Any = None) -> "np.ndarray[Any, Any]":
        """Return generated examples (n, *shape) in the user's units.

        given: for conditional networks, a class, or the raw examples to complete, of which each is completed n times.
        Raises UserError for networks that generate no examples, for values out of range, and if `given` does not fit.
        """
        n, seed = whole_number("the number of examples", n, least=1), seed_number(seed)
        with own_settings(), torch.random.fork_rng(devices=[]), torch.no_grad():
            torch.default_generator.manual_seed(seed)
            return self.in_units(generate(self, n, given)).numpy()

    def in_units(self, x: Tensor) -> Tensor:
        """Return reconstructed or generated inputs (*n, D) in the user's units, in their shape.

        With a context, D is the number of inputs without it.
        """
        if not self.spec.context:
            return self.restored(x.unflatten(-1, self.spec.shape))
        padded = torch.nn.functional.pad(x, (0, self.spec.context))
        return self.restored(padded)[..., : x.shape[-1]].unflatten(-1, self.spec.blocks[0])

    def restored(self, x: Tensor) -> Tensor:
        """Return inputs of the network (*n, *spec.shape) in the user's units."""
        return self.preprocessing.restored(self.transforms.inverse(x))

    def read(self, name: str | Path) -> Iterator[Inputs]:
        """Yield the examples of a file or a folder in chunks. Raises UserError if there are none."""
        is_folder = self.preprocessing.reads_folders and expand_path(name).is_dir()
        path = expand_path(name) if is_folder else existing_file(name)
        empty = True
        for inputs in self.preprocessing.read(path):
            yield inputs
            empty = False
        if empty:
            raise UserError(f"{path} holds no examples")

    def forecast(self, raw: Any, length: int) -> Predictions:
        """Return a forecast of the next `length` rows of a series. raw: the series, or the path of a file.

        Raises UserError for networks that do not forecast series, and for series that do not fit.
        """
        if not isinstance(self.preprocessing, SeriesPreprocessing):
            raise UserError(f"length={length!r} is for networks that forecast a series; the data is {self.spec}")
        length = whole_number("length", length, least=1)
        with own_settings(), torch.no_grad():
            times, values = self.preprocessing.continue_series(self.network, raw, length)
        heading = "index" if isinstance(times, range) else "time"
        return {heading: np.asarray(times), "prediction": squeeze_last(values)}

    @property
    def headings(self) -> list[str]:
        """The names of the prediction columns in a table."""
        if isinstance(self.preprocessing, SeriesPreprocessing):
            return self.preprocessing.headings
        if self.spec.target == "input":
            size = self.in_units(torch.zeros(1, self.spec.target_size)).numel()  # of an input before the transforms
            names: Sequence[Any] = self.preprocessing.features[:size]
        else:
            size = self.spec.target_size if self.spec.target in ("real", "multilabel", "counts") else 1
            names = self.spec.labels
        return ["prediction"] if size == 1 else [f"prediction_{name}" for name in names or range(1, size + 1)]

    @property
    def per_step(self) -> bool:
        """Whether each step of an example has a prediction."""
        return self.spec.per_step and not isinstance(self.preprocessing, SeriesPreprocessing)

    def predict_chunks(self, chunks: Iterator[Inputs], *, probabilities: bool) -> Iterator[Predictions]:
        """Yield the predictions for chunks of examples, with the identifiers of the examples."""
        for inputs in chunks:
            with torch.no_grad():
                outputs = [self.network(self.transforms(x), mask) for x, mask in batches(inputs)]
            found = self._predictions(torch.cat(outputs), inputs, probabilities)
            yield found | identifiers(inputs, {*PREDICTION_KEYS, *self.headings})

    def encode_chunks(self, chunks: Iterator[Inputs], features: LayerFeatures | None = None) -> Iterator[Predictions]:
        """Yield the codes of chunks of examples, with the identifiers of the examples.

        features: those of a layer instead of the codes. Raises UserError for networks without codes.
        """
        encode = self.network.encode if features is None else features
        for inputs in chunks:
            with torch.no_grad():
                codes = [encode(self.transforms(x), mask) for x, mask in batches(inputs)]
            found: Predictions = {"code": torch.cat(codes).numpy()}
            if inputs.mask is not None and (features is None or found["code"].ndim > 2):
                found["mask"] = inputs.mask.numpy()
            yield found | identifiers(inputs, set(CODE_KEYS))

    def decode_chunks(self, chunks: Iterator[Inputs]) -> Iterator[Predictions]:
        """Yield the reconstructions of chunks of codes, with the identifiers of the examples.

        Raises UserError for networks without a decoder.
        """
        for inputs in chunks:
            with torch.no_grad():
                outputs = [self.network.decode(codes) for codes, _ in batches(inputs)]
            found = self._predictions(torch.cat(outputs), inputs, False)
            yield found | identifiers(inputs, {*PREDICTION_KEYS, *self.headings})

    def chunks(self, raw: Any) -> Iterator[Inputs]:
        """Return chunks of raw examples from Python or from a file."""
        is_path = isinstance(raw, Path) or (isinstance(raw, str) and not takes_text(self.preprocessing))
        return self.read(raw) if is_path else iter([self.preprocessing.encode(raw)])

    def _predictions(self, output: Tensor, inputs: Inputs, probabilities: bool) -> Predictions:
        found: Predictions = {"prediction": self._decode(output, inputs), "output": output.numpy()}
        if self.spec.target == "class_box":
            found["box"] = self._boxes(output, inputs).numpy()
        if probabilities:
            found["probabilities"] = self._probabilities(output).numpy()
        if inputs.mask is not None:
            found["mask"] = inputs.mask.numpy()
        return found

    def _decode(self, output: Tensor, inputs: Inputs) -> "np.ndarray[Any, Any]":
        """Return predictions as class names, tokens or numbers in the user's units; of a series, the last step's.

        Sequences of symbols are text. Reconstructed inputs have the shape of the network's input.
        """
        if isinstance(self.preprocessing, SeriesPreprocessing):
            ahead = self.preprocessing.decode((output[:, -1] if self.spec.per_step else output).numpy(), inputs)
            return squeeze_last(ahead)
        predicted = self.head.predict(output)
        if self.spec.target == "class_box":
            predicted = predicted[:, 0].long()
        if self.spec.target == "input":
            predicted = self.in_units(predicted)
        values: np.ndarray[Any, Any] = predicted.numpy()
        if self.spec.target in ("real", "counts", "signed_counts"):
            return squeeze_last(values)
        names = self.spec.classes or self.spec.labels
        if self.spec.target in ("classes", "context", "class_map", "class_box") and names:
            return np.array(names)[values]
        if self.spec.target == "next_token":
            return np.array(self.spec.vocabulary)[values]
        if self.spec.target == "sequence":
            return np.array(decode_sequences(predicted, self.spec.labels))
        return values

    def _boxes(self, output: Tensor, inputs: Inputs) -> Tensor:
        """Return the predicted boxes (N, 4) in pixels of the user's pictures."""
        assert isinstance(self.preprocessing, ImagePreprocessing)
        return self.preprocessing.boxes_in_pixels(self.head.predict(output)[:, 1:], inputs)

    def _probabilities(self, output: Tensor) -> Tensor:
        """Return the probabilities (*n, K) of classes or labels. Raises UserError if the loss gives none."""
        found = self.head.loss.probabilities(output)
        if found is None:
            loss = self.head.loss.loss if isinstance(self.head.loss, Weighted) else self.head.loss
            chosen = self.config["choices"]
            name = chosen.get("loss") or chosen.get("rule") or type(loss).__name__
            raise UserError(f"the outputs of a network trained with '{name}' are not probabilities; leave them out")
        return found


def takes_text(preprocessing: Preprocessing) -> bool:
    """Return whether a str is an example, such as a sentence, instead of the path of a file."""
    return preprocessing.kind == "tokens"


def squeeze_last(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return predictions (*n, 1) as (*n), others (*n, D) unchanged."""
    return values.squeeze(-1) if values.shape[-1] == 1 else values


def batches(inputs: Inputs) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield batches of examples, so that memory does not grow with their number."""
    rows = max(1, min(MAX_ROWS, MAX_NUMBERS // max(1, inputs.x[:1].numel())))
    for start in range(0, max(1, len(inputs.x)), rows):
        mask = None if inputs.mask is None else inputs.mask[start : start + rows]
        yield inputs.x[start : start + rows], mask


def identifiers(inputs: Inputs, taken: set[str]) -> Predictions:
    """Return the identifiers of examples, renamed if a name is taken."""
    return {f"id_{key}" if key in taken else key: identifier_array(values) for key, values in inputs.names.items()}


def identifier_array(values: Sequence[Any]) -> "np.ndarray[Any, Any]":
    """Return identifiers as an array of numbers, or of text with "" for missing cells."""
    found = np.asarray(values)
    if any(isinstance(value, str) for value in values):
        found = np.array(["" if value is None or value != value else str(value) for value in values])
    return found


def concatenate(parts: list[Predictions]) -> Predictions:
    """Concatenate the predictions of chunks. Shorter sequences are padded with zeros or "" at the end."""
    return {key: concatenate_padded([part[key] for part in parts]) for key in parts[0]}


def concatenate_padded(arrays: "list[np.ndarray[Any, Any]]") -> "np.ndarray[Any, Any]":
    """Concatenate arrays (*, T, ...) of different T along the first axis."""
    if len({array.shape[1:] for array in arrays}) == 1:
        return np.concatenate(arrays)
    steps = max(array.shape[1] for array in arrays)
    shape = (sum(map(len, arrays)), steps, *arrays[0].shape[2:])
    found = np.zeros(shape, dtype=np.result_type(*arrays))
    start = 0
    for array in arrays:
        found[start : start + len(array), : array.shape[1]] = array
        start += len(array)
    return found
