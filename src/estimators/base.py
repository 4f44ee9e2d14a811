"""The common part of the estimators: parameters, a run as fit, and the outputs of its network.

Shapes: N examples, F features, O outputs.
"""

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from ..api import load, train
from ..errors import UserError
from ..inference.trained import Predictions, Trained
from ..runs.directory import RunDirectory
from ..spec import TargetKind
from .errors import value_errors
from .inputs import check_inputs
from .settings import check_parameters, copies_of_objects, flattened, key_of, parameter_of

QUIET = {"callbacks": "checkpoints", "logger": "history"}  # of a run whose directory is deleted: no figures, no events
SEEDS = 1 << 31


class NetworkEstimator(BaseEstimator):
    """Base class of the estimators around the config of a run; subclasses define what they predict.

    model: a name of the catalogue, or a network from Python: its class, a function that builds it, or an instance, of
    which each fit trains a copy. max_epochs: None = as the config says. validation_fraction: share of the examples by
    which the epoch with the best weights is chosen; 0 = all examples are for training, and the last weights are used.
    settings: further settings of the run, such as {"model.hidden": [64], "optimizer": "sgd"}; as parameters of
    `set_params` and of a grid they are called model__hidden and settings__optimizer. random_state: seed, RandomState
    or None, as in scikit-learn. directory: where each fit creates the directory of a run; None = a temporary one,
    which is deleted after fit.
    """

    def __init__(
        self,
        model: Any = "mlp",
        *,
        max_epochs: int | None = None,
        validation_fraction: float = 0.0,
        settings: dict[str, Any] | None = None,
        random_state: "int | np.random.RandomState | None" = None,
        directory: str | Path | None = None,
    ) -> None:
        self.model = model
        self.max_epochs = max_epochs
        self.validation_fraction = validation_fraction
        self.settings = settings
        self.random_state = random_state
        self.directory = directory

    network_: Trained

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters; deep: also one for each setting, such as model__hidden."""
        found: dict[str, Any] = super().get_params(deep=False)
        if deep and isinstance(self.settings, dict):
            found |= {parameter_of(key): value for key, value in self.settings.items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters and settings, such as model__hidden=[64]. Raises ValueError for unknown names."""
        nested = {name: value for name, value in params.items() if "__" in name}
        with value_errors():
            settings = {key_of(name): value for name, value in nested.items()}
        super().set_params(**{name: value for name, value in params.items() if name not in nested})
        if settings:
            self.settings = {**(self.settings or {}), **settings}
        return self

    def __sklearn_tags__(self) -> Tags:
        """Return the tags of scikit-learn."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = self._fills_missing
        tags.input_tags.three_d_array = True
        return tags

    @property
    def _fills_missing(self) -> bool:
        settings = self.settings if isinstance(self.settings, dict) else {}
        return settings.get("data.missing", "refuse") != "refuse"

    def _run_settings(self) -> dict[str, Any]:
        """Return the keyword arguments of `nnzoo.train`. Raises UserError for wrong parameters and settings."""
        check_parameters(self.max_epochs, self.validation_fraction, self.random_state)
        found = flattened(self.settings)
        if self.max_epochs is not None:
            found["trainer.max_epochs"] = self.max_epochs
        found |= {"model": self.model, "data.val": self.validation_fraction, "data.test": 0, "data.id": []}
        found["seed"] = self.random_state
        if not isinstance(self.random_state, int | np.integer):
            found["seed"] = int(check_random_state(self.random_state).randint(SEEDS))
        return (QUIET if self.directory is None else {}) | found | {"evaluate": []}

    def _fit(self, data: Any, targets: tuple[TargetKind, ...], settings: dict[str, Any]) -> Self:
        """Train on checked data. targets: allowed kinds; settings: those of the run that no parameter sets.

        Raises UserError if the run does not end normally, and if the network learns another kind of target.
        """
        with ExitStack() as stack:
            folder = self.directory
            if folder is None:
                folder = stack.enter_context(TemporaryDirectory(prefix="nnzoo-"))
            settings = settings | self._run_settings()
            objects = copies_of_objects(settings)
            result = train(data=data, output_dir=str(folder), **settings | objects)
            if result.status != "done":
                raise UserError(f"the run is {result.status}: {result.message}")
            allow = RunDirectory(result.directory).config()["allow"]
            network = load(result.directory, allow=allow, **objects)
            if network.spec.target not in targets:
                name = self.model if isinstance(self.model, str) else type(network.model).__name__
                raise UserError(f"model '{name}' learns the target {network.spec.target}, not {targets[0]}")
            self.network_ = network
            self.history_ = result.history
            self.run_ = None if self.directory is None else result.directory
            if self.run_ is None:
                self.network_.run = None
        return self

    def _checked(self, x: Any, y: Any) -> tuple[Any, "np.ndarray[Any, Any]"]:
        """Return checked inputs and targets, and set `n_features_in_` and, of frames, `feature_names_in_`."""
        return check_inputs(self, x, y, reset=True, allow_missing=self._fills_missing)

    def _predict(self, x: Any) -> Predictions:
        """Return the predictions of the network, see `nnzoo.predict`."""
        check_is_fitted(self)
        with value_errors():
            return self.network_.predict(check_inputs(self, x, reset=False, allow_missing=self._fills_missing))
