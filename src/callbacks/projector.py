"""Files for TensorBoard's projector: learned vectors of words and ids, and codes or features of examples."""

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from google.protobuf import text_format
from PIL import Image
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo, ProjectorConfig
from torch import Tensor, nn

from ..errors import UserError
from ..evaluations.named_vectors import vectors_of
from ..formatting import escape
from ..layers.embeddings.ids import IdEmbedding
from ..runs.atomic import write
from ..tasks.base import Task
from .evaluation import isolated_evaluation
from .pictures.codes import encode, encodes
from .pictures.examples import Examples
from .pictures.maps import Target, known_target

FOLDER = "projector"
CONFIG = "projector_config.pbtxt"  # the name that TensorBoard reads
MAX_FEATURES = 1 << 18  # of all examples together
MAX_SIDE = 8192  # pixels of a sprite, the limit of browsers

log = logging.getLogger(__name__)

Table = tuple[str, Tensor, dict[str, list[str]]]
"""The name of a table, its points (N, D), and columns about them."""


class Projector(pl.Callback):
    """Write points for the projector at the end of training, if the network has any.

    points: maximum number of points of each kind. These are the first vectors of words, nodes or documents of a network
    that has them, labelled with their names; else the first vectors of each embedding layer, labelled with words or ids
    and titles; and the codes of validation examples of a network that encodes vectors or images, labelled
    with their classes or titles, also if the target is the input; or, of a network that classifies images, the features
    that its last layer reads, of fewer examples if there are many features. Without a validation set, training examples
    are encoded. Images also get a sprite. Raises UserError for fewer than 3 points.
    """

    def __init__(self, *, points: int = 1000) -> None:
        if points < 3:
            raise UserError(f"points is {points}; the projector needs at least 3")
        self.points = points

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Write the files and the list of them."""
        if not trainer.is_global_zero:
            return
        folder = Path(trainer.default_root_dir)
        tables = vocabulary_tables(task) or embedding_tables(task)
        infos = [
            write_points(folder, name, values.detach()[: self.points], columns) for name, values, columns in tables
        ]
        kind = "codes" if encodes(task) else "features" if has_features(task) else None
        if kind is not None:
            assert task.cursor is not None
            examples = Examples(trainer, task, trainer.val_dataloaders or task.cursor.loader)
            infos.append(self._of_examples(folder, examples, kind))
        if infos:
            write(folder / CONFIG, text_format.MessageToString(ProjectorConfig(embeddings=infos)))

    def _of_examples(self, folder: Path, examples: Examples, kind: str) -> EmbeddingInfo:
        """Write the codes or features of the first examples, with their targets, titles and images."""
        batch = examples.first(self.points)
        with isolated_evaluation(examples.task):
            codes = encode(examples, batch.x) if kind == "codes" else features(examples, batch.x)
        columns = target_column(known_target(examples, batch.y[: len(codes)]))
        if examples.loader.titles is not None:
            columns["title"] = list(examples.loader.titles[: len(codes)])
        columns["example"] = list(map(str, range(len(codes))))
        info = write_points(folder, kind, codes, columns)
        if examples.spec.form == "image":
            add_sprite(folder, info, examples.restored(batch.x[: len(codes)]))
        return info


def has_features(task: Task) -> bool:
    """Return whether the network classifies images by features."""
    has_layers = hasattr(getattr(task.net, "model", None), "forward_features")
    return has_layers and task.spec.form == "image" and task.spec.target == "classes"


def features(examples: Examples, x: Tensor) -> Tensor:
    """Return the features (N, D) of inputs, which the last layer of the network reads; if D is large, of the first."""
    with examples.trainer.precision_plugin.forward_context():
        found: Tensor = examples.net.forward_features(x)  # type: ignore[operator]
    numbers = found.flatten(1).float().cpu()
    return numbers[: max(3, MAX_FEATURES // numbers.shape[1])]


def vocabulary_tables(task: Task) -> list[Table]:
    """Return the input and output vectors of a network that has vectors of the names in the vocabulary of the data."""
    if not hasattr(task.net.model, "vectors") or not task.spec.vocabulary:
        return []
    tables: list[Table] = []
    for which in ("input", "output"):
        try:
            named = vectors_of(task, which)
        except UserError as error:
            log.warning("no points of %s vectors: %s", which, error)
            continue
        if named.values.shape[1] > 1:
            tables.append((f"{which}_vectors", named.values, {"label": list(named.names)}))
    return tables


def embedding_tables(task: Task) -> list[Table]:
    """Return the weights of each embedding layer with the columns about its rows."""
    return [
        (name, layer.weight, row_columns(task, name, layer))
        for name, layer in task.net.named_modules()
        if isinstance(layer, nn.Embedding | IdEmbedding) and layer.weight.shape[1] > 1
    ]


def row_columns(task: Task, name: str, layer: nn.Module) -> dict[str, list[str]]:
    """Return columns for the rows of an embedding layer: the tokens, or the known ids; numbers if there are none.

    Items that have titles get a second column.
    """
    rows = int(layer.weight.shape[0])  # type: ignore[index]
    labels, first = list(task.spec.labels if name.endswith("symbols") else task.spec.vocabulary), 0
    if isinstance(layer, IdEmbedding):  # a layer has the name of its column: user_vectors; id 0 has no vector
        found = (task.record()["preprocessing"] if task.record else None) or {}
        columns = zip(found["names"], found["ids"], strict=True) if found.get("kind") == "ids" else ()
        own = [(column, ids) for column, ids in columns if name.rpartition(".")[2].startswith(column)]
        labels = [text for _, ids in own for text in ids]
        titles = [*found.get("titles", ())]
        if len(labels) == len(titles) == rows and own[0][0] == found["names"][-1]:  # items come last
            return {own[0][0]: labels, "title": titles}
        first = 1
    return {"label": labels if len(labels) == rows else list(map(str, range(first, first + rows)))}


def target_column(target: Target | None) -> dict[str, list[str]]:
    """Return a column with the class or the number of each example; empty without a target."""
    if target is None:
        return {}
    if target.values.is_floating_point():
        return {target.names[0] if target.names else "target": [f"{value:.6g}" for value in target.values.tolist()]}
    return {"class": [target.names[k] if target.names else str(k) for k in target.values.tolist()]}


def write_points(folder: Path, name: str, points: Tensor, columns: Mapping[str, Sequence[str]]) -> EmbeddingInfo:
    """Write points (N, D) and columns about them, of which the first N rows are used, as tables; return their entry.

    Several columns have a header, which TensorBoard expects only then.
    """
    name = name.removeprefix("model.") or "embedding"
    table, metadata = f"{FOLDER}/{name}.tsv", f"{FOLDER}/{name}_labels.tsv"
    (folder / FOLDER).mkdir(exist_ok=True)
    rows = ["\t".join(f"{value:.6g}" for value in row) for row in points.float().cpu().tolist()]
    write(folder / table, "\n".join(rows) + "\n")
    cells = [*zip(*columns.values(), strict=True)][: len(points)]
    header = [tuple(columns)] if len(columns) > 1 else []
    write(folder / metadata, "".join("\t".join(map(escape, row)) + "\n" for row in [*header, *cells]))
    return EmbeddingInfo(tensor_name=name, tensor_path=table, metadata_path=metadata, tensor_shape=list(points.shape))


def add_sprite(folder: Path, info: EmbeddingInfo, images: Tensor) -> None:
    """Write a square picture of all images (N, C, H, W), row by row and padded with black, and add it to an entry.

    Gray values are scaled from the smallest to the largest. Nothing is written for pictures that are too large or have
    neither one nor three channels.
    """
    many, channels, height, width = images.shape
    side = math.ceil(math.sqrt(many))
    if channels not in (1, 3) or side * max(height, width) > MAX_SIDE:
        return
    low, high = images.min(), images.max()
    pixels = (255 * (images - low) / (high - low).clamp_min(torch.finfo(images.dtype).tiny)).round().byte().cpu()
    grid = torch.zeros(side * side, channels, height, width, dtype=torch.uint8)
    grid[:many] = pixels
    sheet = grid.unflatten(0, (side, side)).permute(0, 3, 1, 4, 2).reshape(side * height, side * width, channels)
    array: Any = np.ascontiguousarray(sheet.squeeze(-1).numpy())
    path = f"{FOLDER}/{info.tensor_name}_sprite.png"
    Image.fromarray(array).save(folder / path)
    info.sprite.image_path = path
    info.sprite.single_image_dim.extend([width, height])
