"""Checks of the inputs and targets of estimators, by the rules of scikit-learn.

Shapes: N examples, F features, C channels, H height, W width.
"""

from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, check_consistent_length, validate_data

from ..errors import UserError
from ..files.frames import is_polars


def has_named_columns(x: Any) -> bool:
    """Return whether inputs are a pandas or polars frame whose columns all have names."""
    is_frame = isinstance(x, pd.DataFrame) or is_polars(x, "DataFrame")
    return is_frame and all(isinstance(name, str) for name in x.columns)


def check_inputs(
    estimator: BaseEstimator, x: Any, y: Any = "no_validation", *, reset: bool, allow_missing: bool
) -> Any:
    """Return inputs, and with y the pair of inputs and targets: arrays, but frames with named columns unchanged.

    x: (N, F), or pictures (N, H, W), (N, C, H, W) or (N, H, W, C); y: (N,) or (N, D); reset: set `n_features_in_` and
    `feature_names_in_` of the estimator in place of comparing with them; allow_missing: NaN is allowed in arrays.
    Raises ValueError or TypeError for data that cannot be used.
    """
    with_targets = not isinstance(y, str)
    if has_named_columns(x) and (reset or hasattr(estimator, "feature_names_in_")):
        validate_data(estimator, x, y, reset=reset, skip_check_array=True)
        if not with_targets:
            return x
        y = check_array(y, ensure_2d=False, dtype=None, input_name="y")
        check_consistent_length(x, y)
        return x, y
    more = {"multi_output": True} if with_targets else {}
    found = validate_data(estimator, x, y, reset=reset, allow_nd=True, ensure_all_finite="allow-nan", **more)
    if not allow_missing:
        check_complete(found[0] if with_targets else found)
    return found


def check_complete(x: "np.ndarray[Any, Any]") -> None:
    """Raise UserError for the first missing value of an array."""
    places = np.argwhere(np.isnan(x))
    if len(places):
        row, column = places[0, :2] + 1
        if x.ndim > 2:
            raise UserError(f"X contains NaN in picture {row}")
        raise UserError(
            f"X contains NaN in row {row}, column {column}; settings={{'data.missing': 'mean'}} fills in missing values"
        )
