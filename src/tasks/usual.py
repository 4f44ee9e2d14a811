"""What outputs mean and what is measured where only the way of learning is unusual."""

from torch import Tensor

from .base import Parts, Task
from .classification import Classification
from .labelling import Labelling
from .language_model import LanguageModel
from .regression import Regression

MEANING: dict[str, type[Task]] = {
    "real": Regression,
    "classes": Classification,
    "multilabel": Labelling,
    "next_token": LanguageModel,
}


class Usual(Task):
    """Decisions and metrics usual for the target of the data; subclasses say how it is learned."""

    targets: tuple[str, ...] = tuple(MEANING)

    def __init__(self, *, parts: Parts) -> None:
        self.metrics = MEANING[parts.spec.target].metrics
        super().__init__(parts=parts)

    def decide(self, output: Tensor) -> Tensor:
        """Return what is usual for the target."""
        return MEANING[self.spec.target].decide(self, output)
