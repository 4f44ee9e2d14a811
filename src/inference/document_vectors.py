"""Vectors of new documents from a trained doc2vec network, whose vectors of words stay as they are.

Shapes: N documents, T words of a document, L outputs that the loss of a word needs, D dimensions.
"""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ..data.contexts.random import generator
from ..data.contexts.stream import Ids
from ..data.contexts.windows import windows
from ..errors import UserError
from ..files.paths import expand_path
from ..layers.embeddings.row_sum import RowSum
from ..layers.protocols import fits
from ..losses.context import SelectiveLoss
from ..tasks.learners.word2vec import logistic_losses
from ..text.corpus import cut_text, read_pieces, text_files
from ..training.isolation import own_settings
from .arguments import real_number, seed_number, whole_number
from .files import code_frame, output_path, write
from .load import load
from .trained import Predictions, Trained, concatenate

TOGETHER = 64  # documents that learn side by side
LAST = 0.004  # of the learning rate, as in training


class Examples(NamedTuple):
    """The words of a document in a pass, or of N documents of different lengths with an additional first axis.

    others: of each word, the sum of the vectors in its hidden layer but that of the document, (T, D); share: of the
    document in the hidden layer, (T, 1); ids, weights: of the outputs that its loss needs, (T, L), 0 after the end.
    """

    others: Tensor
    share: Tensor
    ids: Tensor
    weights: Tensor


def document_vectors(
    source: str | Path,
    documents: str | Path | Sequence[str],
    *,
    epochs: int | None = None,
    lr: float | None = None,
    seed: int = 0,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> "np.ndarray[Any, Any]":
    """Return the vectors (N, D) of new documents from a run of pv_dm or pv_dbow.

    documents: texts, or the path of a text file with a document on each line or of a folder with a document in each
    .txt file. A vector starts at random and learns to predict the words of its document, as in training; all other
    vectors are fixed. It depends on the document and on `seed` alone. epochs, lr: passes over each document and the
    learning rate of the first one, by default those of the run; which, allow: see `load`.
    Raises UserError for other networks, values out of range, no documents, and documents without neighbouring words of
    the vocabulary.
    """
    inference = DocumentInference(load(source, which=which, allow=allow), epochs=epochs, lr=lr, seed=seed)
    named = inference.read(documents) if isinstance(documents, str | Path) else inference.cut(documents)
    with own_settings():
        return concatenate(list(inference.chunks(named)))["code"]


def write_document_vectors(inference: "DocumentInference", source: str | Path, output: str | Path) -> Path:
    """Write the vectors of the documents of a file or folder as a table or as arrays, and return the path."""
    target = output_path(source, output)
    with own_settings():
        return write(target, inference.chunks(inference.read(source)), code_frame)


class DocumentInference:
    """Gradient descent on the vectors of new documents; settings and errors as in `document_vectors`."""

    def __init__(self, trained: Trained, *, epochs: int | None = None, lr: float | None = None, seed: int = 0) -> None:
        spec, model, loss = trained.spec, trained.model, trained.head.loss
        data = trained.config["data"]
        if not fits(model, RowSum) or data.get("documents", "none") == "none":  # type: ignore[type-abstract]
            raise UserError(
                f"{type(model).__name__} of this run has no vectors of documents; model=pv_dm and model=pv_dbow have"
            )
        if not isinstance(loss, SelectiveLoss):
            raise UserError(
                f"vectors of new documents need loss=negative_sampling or a hierarchical softmax; the loss of this run "
                f"is {type(loss).__name__}"
            )
        self.model, self.loss, self.data = model, loss, data
        self.words = {word: number for number, word in enumerate(spec.labels)}
        self.alone = spec.target == "context"  # the document is the only input
        self.step = trained.config["task"]["examples_per_step"]
        trained_lr = trained.config["optimizer"].get("lr") if trained.config["choices"]["optimizer"] == "sgd" else None
        self.epochs = whole_number(
            "epochs", trained.config["trainer"]["max_epochs"] if epochs is None else epochs, least=1
        )
        self.lr = real_number("lr", (trained_lr or 0.025) if lr is None else lr)
        if self.lr <= 0:
            raise UserError(f"lr is {self.lr:g}; it must be above 0")
        self.seed = seed_number(seed)

    def read(self, name: str | Path) -> Iterator[tuple[str, list[Sequence[str]]]]:
        """Yield the name and the sequences of words of each document of a file or folder. Raises UserError."""
        path = expand_path(name)
        if not path.exists():
            raise UserError(f"there is no file or folder {path}")
        if path.is_dir():
            for file in text_files(path):
                pieces = read_pieces(file)
                yield str(file.relative_to(path)), [each for piece in pieces for each in self.sequences(piece)]
            return
        number = 0
        for line in (line for piece in read_pieces(path) for line in piece.splitlines()):
            number += 1
            yield f"line {number}", list(self.sequences(line))
        if not number:
            raise UserError(f"{path} has no documents; each line is one")

    def cut(self, texts: Sequence[str]) -> Iterator[tuple[str, list[Sequence[str]]]]:
        """Yield the name and the sequences of words of each text. Raises UserError for no texts and for other types."""
        number = 0
        for number, text in enumerate(texts, 1):
            if not isinstance(text, str):
                raise UserError(f"document {number} is {text!r}; each document is one text")
            yield f"document {number}", list(self.sequences(text))
        if not number:
            raise UserError("documents is empty; it takes a list of texts")

    def sequences(self, text: str) -> Iterator[Sequence[str]]:
        """Yield the sequences of words of a text, cut as in training."""
        return cut_text(text, cut=self.data["cut"], lines=self.data["lines"])

    def chunks(self, documents: Iterator[tuple[str, list[Sequence[str]]]]) -> Iterator[Predictions]:
        """Yield vectors and names of documents. Raises UserError for documents that cannot be learned from."""
        names, blocks = [], []
        for name, sequences in documents:
            ids = [np.array([self.words[word] for word in each if word in self.words]) for each in sequences]
            if max(map(len, ids), default=0) < 2:
                raise UserError(
                    f"{name} has no two words of the vocabulary in a sequence, of which its vector could learn"
                )
            names.append(name)
            blocks.append([each for each in ids if len(each)])
            if len(names) == TOGETHER:
                yield {"code": self.learn(blocks).numpy(), "document": np.array(names)}
                names, blocks = [], []
        if names:
            yield {"code": self.learn(blocks).numpy(), "document": np.array(names)}

    def learn(self, documents: list[list["np.ndarray[Any, Any]"]]) -> Tensor:
        """Return the vectors of documents, (N, D), which learn side by side."""
        blocks = [block_of(sequences) for sequences in documents]
        outputs, dimension = self.model.head.weight.detach(), self.model.table.shape[1]
        start = torch.rand(dimension, generator=torch.Generator().manual_seed(self.seed)) - 0.5
        vectors = (start / dimension).repeat(len(documents), 1).requires_grad_()
        for epoch in range(self.epochs):
            lr = self.lr * (1 - (1 - LAST) * epoch / self.epochs)
            found = zip(*(self.examples(block, epoch) for block in blocks), strict=True)
            others, share, ids, weights = (pad_sequence([*each], batch_first=True) for each in found)
            for first in range(0, others.shape[1], self.step):
                part = slice(first, first + self.step)
                hidden = others[:, part] + share[:, part] * vectors[:, None]  # (N, step, D)
                needed = ids[:, part].flatten(0, 1), weights[:, part].flatten(0, 1)
                loss = logistic_losses(hidden.flatten(0, 1), outputs, self.model.head.bias, *needed).sum()
                (gradient,) = torch.autograd.grad(loss, vectors)
                vectors.data -= lr * gradient
        return vectors.detach()

    def examples(self, block: Ids, epoch: int) -> Examples:
        """Return the words of a document in a pass."""
        size, random_size = self.data["window"], self.data["random_window"]
        found = windows(block, size=size, keep=None, random_size=random_size, random=generator(self.seed, epoch))
        targets = torch.from_numpy(found.centers)[:, None]
        draws = torch.Generator().manual_seed(hash((self.seed, epoch)) % (1 << 63))
        needed = self.loss.needed_outputs(targets, self.model.head.out_features, self.step, draws).of_each(self.step)
        table = self.model.table.detach()
        if self.alone:
            return Examples(table.new_zeros(len(targets), table.shape[1]), table.new_ones(len(targets), 1), *needed)
        contexts = torch.from_numpy(found.contexts)
        known = (contexts >= 0)[..., None]
        share = 1 / (1 + known.sum(1)) if self.model.average else table.new_ones(len(targets), 1)
        return Examples((table[contexts.clamp(min=0)] * known).sum(1) * share, share, *needed)


def block_of(sequences: Iterable["np.ndarray[Any, Any]"]) -> Ids:
    """Return sequences of ids with a number below 0 after each, as `windows` takes them."""
    return np.concatenate([np.append(each, -1) for each in sequences]).astype(np.int32)
