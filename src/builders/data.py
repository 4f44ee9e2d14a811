"""Builds the data set of a config, with its transforms."""

from dataclasses import replace
from typing import Any

from ..config.instantiate import instantiate_kind
from ..data.base import Data
from ..data.folds import Fold, validating_on
from ..errors import UserError
from ..transforms import Center, Standardize, Transform, Transforms
from ..transforms.chain import State
from .heads import head_type
from .initial_weights import check_pictures, initial_weights, state_of_transforms
from .losses import needs_frequencies


def build_data(config: dict[str, Any], source: Any = None, fitted: State | None = None) -> Data:
    """Return the data set of a config. Counts the classes if the loss needs it.

    source: data from Python; fitted: state of the transforms, None = that of the initial weights or, without these, fit
    them.
    """
    given = {} if source is None else {"source": source}
    with validating_on(fold_of(config)):
        data: Data = instantiate_kind(config["data"], Data, "data", allow=config["allow"], **given)
    transforms = build_transforms(config, fitted)
    if fitted is None:
        check_pictures(config, data.spec)
    if fitted is None and (initial := initial_weights(config)) is not None:
        names = () if transforms is None else transforms.fitted
        transforms = build_transforms(config, state_of_transforms(initial, config, names, data.spec))
    if transforms:
        check_standardize(transforms, data)
        check_places(transforms, data)
        data.set_transforms(transforms)
    head = head_type(config) if config["head"] else None
    targets = () if head is None else head.targets
    if head is not None and head.class_in_input != "none":
        data.add_class_to_input(context=head.class_in_input == "context")
    elif "input" in targets:
        data.use_input_as_target()
    elif "none" in targets:
        data.remove_target()
    elif "context" in targets:
        data.predict_context()
    else:
        data.require_target()
    if (needs_frequencies(config["loss"]) or config["class_weight"] is not None) and data.spec.target in (
        "classes",
        "next_token",
        "context",
    ):
        data.spec = replace(data.spec, frequencies=data.target_counts())
    return data


def fold_of(config: dict[str, Any]) -> Fold | None:
    """Return the fold on which a run validates, None without cross-validation. Raises UserError for cv without fold."""
    cv, fold = config["cv"], config["fold"]
    if cv is not None and fold is None:
        raise UserError(f"cv={cv} needs fold, from 0 to {cv - 1}: a run validates on one of the folds")
    return None if cv is None else Fold(fold, cv)


def build_transforms(config: dict[str, Any], fitted: State | None = None) -> Transforms | None:
    """Return the transforms of a config, or None if there are none. fitted: their state."""
    made = {
        name: instantiate_kind(node, Transform, f"transforms.{name}", allow=config["allow"])
        for name, node in config["transforms"].items()
        if node
    }
    if not made:
        return None
    transforms = Transforms(made)
    if fitted is not None:
        transforms.load_state_dict(fitted)
    return transforms


def check_standardize(transforms: Transforms, data: Data) -> None:
    """Raise UserError for inputs that would be standardized twice."""
    name, first = next(iter(transforms.fixed.items()), ("", None))
    if data.standardized and isinstance(first, Center | Standardize):
        raise UserError(
            f"transforms.{name} has no effect: data.standardize=true scales the columns already; leave it out, "
            "or add data.standardize=false"
        )


def check_places(transforms: Transforms, data: Data) -> None:
    """Raise UserError for transforms that move what is in an image, if the target is where it is."""
    moving = [name for name, each in transforms.by_name.items() if each.moves_pixels]
    if moving and data.target_has_places:
        raise UserError(f"transforms.{moving[0]} moves objects in images, and the target is their place; leave it out")


def record(data: Data) -> dict[str, Any]:
    """Return the record of the data in checkpoints: the fitted preprocessing and transforms, and what was read."""
    return {
        "preprocessing": data.fitted_preprocessing.to_dict(),
        "transforms": data.transforms.state_dict(),
        "digest": data.digest,
        "contents": dict(data.contents),
        "summary": data.summary,
    }
