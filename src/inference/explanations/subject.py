"""What is explained: a trained network, images, and a class or a hidden unit.

Shapes: B images, C channels, H height, W width, K classes or outputs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ...analysis.explanations.scores import Score, class_score, output_score, unit_score
from ...analysis.layers.outputs import layer_named
from ...analysis.layers.saliency import scores
from ...errors import UserError, unknown
from ...formatting import format_number
from ...preprocessing.base import Inputs
from ..trained import Predictions, Trained, identifiers

Function = Callable[[Tensor], Tensor]
TAKEN = {"images", "maps", "explained", "inverted"}  # names of arrays


@dataclass(frozen=True)
class Subject:
    """A trained network and preprocessed images, with what is explained.

    inputs: x (B, C, H, W) as before the transforms, in the user's pixels; count: number of images to draw; target: the
    name or the index of a class, label or number, None for the predicted class of each image; layer, unit: a hidden
    unit in its place. Raises UserError if the network does not read images, and for an unknown class or layer.
    """

    net: Trained
    inputs: Inputs
    count: int
    target: str | int | None = None
    layer: str | None = None
    unit: int | None = None

    def __post_init__(self) -> None:
        if self.inputs.x.ndim != 4:
            raise UserError(f"explanations are of networks that read images; the data is {self.net.spec}")
        if self.layer is not None:
            try:
                layer_named(self.net.model, self.layer)
            except ValueError as error:
                raise UserError(str(error)) from None
        if self.target is not None:
            self._index(self.target)

    @property
    def images(self) -> Tensor:
        """The images that are drawn: (B, C, H, W), in the user's pixels."""
        return self.inputs.x[: self.count]

    def model_input(self, x: Tensor) -> Tensor:
        """Return images (B, C, H, W) as the model takes them: transformed as in training, and flattened for an MLP."""
        return self.net.network.adapter(self.net.transforms(x), None)

    def on_pixels(self, function: Function) -> Function:
        """Return a function of the model's inputs as a function of images in the user's pixels."""
        return lambda x: function(self.model_input(x))

    def on_network_inputs(self, function: Function) -> Function:
        """Return a function of the model's inputs as a function of transformed images."""
        return lambda x: function(self.net.network.adapter(x, None))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the classes, labels or numbers that the network predicts."""
        spec = self.net.spec
        return tuple(map(str, spec.classes or spec.labels or range(spec.target_size)))

    @cached_property
    def explained(self) -> Tensor:
        """The index of the explained class, label or number of each drawn image: (B,)."""
        if self.target is not None:
            return torch.full((len(self.images),), self._index(self.target))
        return self.predicted

    @cached_property
    def predicted(self) -> Tensor:
        """The index of the class or label with the highest score for each drawn image, or of the first number: (B,)."""
        self._check_target()
        if self.net.spec.target == "real":
            return torch.zeros(len(self.images), dtype=torch.long)
        with torch.no_grad():
            x = self.model_input(self.images)
            found = scores(self.net.model, x) if self.net.spec.target == "classes" else self.net.model(x)
        return found[:, : len(self.names)].argmax(1)  # without the borders of a box

    def score_of(self, index: Tensor) -> Score:
        """Return the score of classes, labels or numbers (B,) as a function of the model's inputs."""
        is_class = self.net.spec.target == "classes"
        return class_score(self.net.model, index) if is_class else output_score(self.net.model, index)

    @property
    def score(self) -> Score:
        """What is explained, as a function of the model's inputs."""
        if self.layer is not None and self.unit is not None:
            return unit_score(self.net.model, self.layer, self.unit)
        return self.score_of(self.explained)

    def titles(self) -> list[str]:
        """Return a title of each drawn image: the predicted class, or the value of the unit."""
        if self.layer is None:
            return self.names_of(self.predicted)
        with torch.no_grad():
            return [format_number(value) for value in self.on_pixels(self.score)(self.images).tolist()]

    def names_of(self, index: Tensor) -> list[str]:
        """Return the names of classes, labels or numbers (B,)."""
        return [self.names[k] for k in index.tolist()]

    @property
    def classes(self) -> Tensor:
        """The indices of the explained class, label or number, or of all: (K,)."""
        self._check_target()
        return torch.arange(len(self.names)) if self.target is None else self.explained[:1]

    def identifiers(self) -> Predictions:
        """Return what identifies the drawn images: index or file."""
        return {name: values[: self.count] for name, values in identifiers(self.inputs, TAKEN).items()}

    @property
    def what(self) -> str:
        """What is explained, in words."""
        if self.layer is not None:
            return f"unit {self.unit} of {self.layer}"
        if self.target is not None:
            return f"{'class' if self.has_classes else 'output'} {self.names[self._index(self.target)]}"
        return "the predicted class" if self.has_classes else "the output"

    @property
    def has_classes(self) -> bool:
        """Whether the network predicts one class of each image, alone or with a box."""
        return self.net.spec.target in ("classes", "class_box")

    def _index(self, target: str | int) -> int:
        """Return the index of a class, label or number. Raises UserError for an unknown one."""
        self._check_target()
        if str(target) not in self.names:
            raise unknown("class", target, self.names)
        return self.names.index(str(target))

    def _check_target(self) -> None:
        """Raise UserError if the network predicts neither classes nor labels nor numbers of images."""
        if not self.has_classes and self.net.spec.target not in ("multilabel", "real"):
            raise UserError(
                f"the network predicts neither classes nor labels nor numbers of images, the data is {self.net.spec}; "
                "explain a unit: layer=... and unit=..."
            )
