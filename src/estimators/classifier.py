"""Classification with a network, as an estimator of scikit-learn.

Shapes: N examples, F features, K classes or labels.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from sklearn.base import ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import column_or_1d

from ..data.tables.targets import encode_classes, to_class_values
from ..errors import UserError
from .base import NetworkEstimator
from .errors import value_errors


def has_probabilities(estimator: "NNZooClassifier") -> bool:
    """Return whether the loss gives probabilities; True before fit, which builds the loss."""
    if not hasattr(estimator, "network_"):
        return True
    size = estimator.network_.spec.target_size
    loss = estimator.network_.head.loss
    return loss.probabilities(torch.zeros(1, loss.out_features(size))) is not None


class NNZooClassifier(ClassifierMixin, NetworkEstimator):
    """Classification with a network of the zoo.

    Classes are labels of any kind (N,); an indicator matrix of 0 and 1, (N, K), are sets of labels (multilabel).
    model, max_epochs, validation_fraction, settings, random_state, directory: see `NetworkEstimator`. class_weight:
    "balanced", a mapping from classes to weights, where missing classes have weight 1, or None.

    Attributes after fit: `classes_` (K,), `n_features_in_`, `feature_names_in_` (of frames), `network_` (what
    `nnzoo.load` returns), `history_` (the metrics of each epoch, a frame), `run_` (directory of the run, or None).
    Errors are ValueError with a message of one line.
    """

    def __init__(
        self,
        model: Any = "mlp",
        *,
        max_epochs: int | None = None,
        validation_fraction: float = 0.0,
        class_weight: "dict[Any, float] | str | None" = None,
        settings: dict[str, Any] | None = None,
        random_state: "int | np.random.RandomState | None" = None,
        directory: str | Path | None = None,
    ) -> None:
        super().__init__(
            model,
            max_epochs=max_epochs,
            validation_fraction=validation_fraction,
            settings=settings,
            random_state=random_state,
            directory=directory,
        )
        self.class_weight = class_weight

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def fit(self, X: Any, y: Any) -> Self:
        """Train the network from its initial weights on examples (N, F) or pictures, and their classes."""
        with value_errors():
            x, y = self._checked(X, y)
            check_comparable(y)
            check_classification_targets(y)
            if type_of_target(y) == "multilabel-indicator":
                if self.class_weight is not None:
                    raise UserError(f"class_weight={self.class_weight!r} is for classes, but y is a set of labels")
                self.classes_, self._order = np.arange(y.shape[1]), None
                return self._fit((x, y), ("multilabel",), {"data.task": "multilabel"})
            y = column_or_1d(y, warn=True)
            self.classes_ = np.unique(y)
            self._order = order_of(self.classes_)
            weights = {} if self.class_weight is None else {"class_weight": self._class_weight()}
            return self._fit((x, y), ("classes",), {"data.task": "classification", **weights})

    def predict(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the predicted classes (N,), or the sets of labels (N, K)."""
        output = torch.from_numpy(self._predict(X)["output"])
        found: np.ndarray[Any, Any] = self.network_.head.predict(output).numpy()
        return found.astype(np.int64) if self._order is None else self.classes_[np.argsort(self._order)][found]

    @available_if(has_probabilities)
    def predict_proba(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the probabilities of the classes in the order of `classes_`, or of each label: (N, K)."""
        output = torch.from_numpy(self._predict(X)["output"])
        found: np.ndarray[Any, Any] = self.network_.head.loss.probabilities(output).numpy()  # type: ignore[union-attr]
        return found if self._order is None else found[:, self._order]

    def decision_function(self, X: Any) -> "np.ndarray[Any, Any]":
        """Return the scores of the classes in the order of `classes_` (N, K), the largest for the predicted class.

        Of two classes (N,): above 0 for the second. Of sets of labels (N, K): above 0 for the labels in the set.
        """
        output = torch.from_numpy(self._predict(X)["output"])
        if self._order is None:
            return output.numpy()
        scores: np.ndarray[Any, Any] = self.network_.head.loss.scores(output).numpy()
        if scores.shape[1] == 1:
            return scores[:, 0] * (1 if self._order[0] == 0 else -1)
        scores = scores[:, self._order]
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def _class_weight(self) -> "list[float] | str":
        """Return the weights in the order in which the toolkit sorts the classes.

        Raises UserError for unknown classes, and for weights without classes.
        """
        assert self._order is not None
        if isinstance(self.class_weight, str):
            return self.class_weight
        if not isinstance(self.class_weight, Mapping):
            raise UserError(f"class_weight is {self.class_weight!r}; it must be 'balanced' or {{class: weight}}")
        given = {**self.class_weight}
        in_order = self.classes_[np.argsort(self._order)].tolist()
        if strange := [each for each in given if each not in in_order]:
            raise UserError(f"class_weight: there is no class {strange[0]!r}; the classes are {in_order[:20]}")
        return [given.get(each, 1.0) for each in in_order]


def check_comparable(y: "np.ndarray[Any, Any]") -> None:
    """Raise UserError for classes that cannot be sorted, such as text and None."""
    try:
        np.unique(y)
    except TypeError:
        kinds = sorted({type(each).__name__ for each in y.ravel()})
        raise UserError(f"y has values of several types: {', '.join(kinds)}; the classes must be of one type") from None


def order_of(classes: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Return the place of each class (K,) in the order in which the toolkit sorts them.

    Raises UserError for a single class, and for classes that differ only in surrounding blanks.
    """
    if len(classes) < 2:
        raise UserError(f"y has one class, {classes.tolist()[0]!r}; a classifier needs at least two")
    values = to_class_values("y", classes)
    if len(set(values.tolist())) < len(classes):
        raise UserError("two classes of y differ only in surrounding blanks; rename one of them")
    return encode_classes("y", [("y", values)])[1][0].numpy()
