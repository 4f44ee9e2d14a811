"""Checks of the settings of cross-validation, `cv` and `fold`. Imports no torch."""

import ast
from collections.abc import Collection, Iterator
from typing import Any

from .signatures import class_attribute, parameters


def fold_errors(config: dict[str, Any]) -> Iterator[str]:
    """Yield the errors in `cv` and `fold`; `cv` alone stands for one run for each fold."""
    cv, fold = config["cv"], config["fold"]
    if cv is None:
        if fold is not None:
            yield f"fold={fold} needs cv, the number of folds; cv=5 fold={fold} validates on that fold of five"
        return
    if cv < 2:
        yield f"cv is {cv}; it is a number of folds, at least 2"
    elif fold is not None and not 0 <= fold < cv:
        yield f"fold is {fold}; with cv={cv} it must be from 0 to {cv - 1}"
    reason = class_attribute(config["data"]["_target_"], "no_folds")
    if reason is not None and (text := ast.literal_eval(reason)):
        data = config["choices"].get("data") or "the data"
        yield f"cv={cv}: {data} cannot be divided into folds: {text}; seeds={cv} trains with other seeds instead"


def ineffective_with_folds(config: dict[str, Any], keys: Collection[str]) -> Iterator[str]:
    """Yield an error if an override sets the size of the validation split, which the number of folds decides."""
    if config["cv"] is None or "data.val" not in keys:
        return
    known = parameters(config["data"]["_target_"]) or {}
    generated = "train" in known and known["train"].default is not None  # `val` more examples are generated
    if not generated:
        yield f"data.val has no effect with cv={config['cv']}: the validation split is one of the folds; leave it out"
