"""What to use instead of a network that does not take the data."""

from collections.abc import Sequence

from ..card import Form, Traits
from ..config.catalogue import cards
from ..formatting import one_of
from ..spec import DataSpec
from .adapters import choose_conversion

FORMS: dict[Form, str] = {
    "vector": "vectors",
    "image": "images",
    "sequence": "sequences",
    "tokens": "tokens",
    "ids": "ids",
    "index": "an index",
}
READERS: dict[Form, tuple[str, tuple[str, ...]]] = {
    "vector": ("array", ("classes", "real", "multilabel", "input", "none")),
    "image": ("image_folder", ("classes", "input", "none")),
    "sequence": ("series", ("real",)),
    "tokens": ("word_text", ("next_token",)),
    "ids": ("ratings", ("real", "multilabel")),
    "index": ("ratings", ("real", "multilabel")),
}  # form of input -> the data set of the user's own files, and its targets
LAYOUTS: dict[Form, str] = {"vector": "rows", "ids": "pairs", "index": "index"}  # of ratings
NOT_NUMERIC = ("tokens", "ids", "index")  # forms of input that cannot be reconstructed
HEADS = {"input": "reconstruction", "none": "samples"}  # for data without a target
SEQUENCE_DATA = "data=reverse"  # a data set whose targets are sequences; user files have none


def incompatibility(traits: Traits, spec: DataSpec, transforms: Sequence[str] = ()) -> str:
    """Return what a network takes, what the data gives, and alternatives; transforms: those of the data, by name."""
    targets = " or ".join(traits.targets)
    if choose_conversion(traits.inputs, spec) is None:
        forms = " or ".join(FORMS[form] for form in traits.inputs)
        after = f" after transforms={','.join(transforms)}" if transforms else ""
        return f"{forms}; the data gives {spec}{after}; use {', or '.join([*models(spec), *data_sets(traits, spec)])}"
    heads = [
        f"head={head}" for target, head in HEADS.items() if target in traits.targets and spec.form not in NOT_NUMERIC
    ]
    others = [SEQUENCE_DATA] if "sequence" in traits.targets else models(spec)
    return f"{targets}; the target of the data is {spec.target}; use {', or '.join([*heads, *others])}"


def models(spec: DataSpec) -> list[str]:
    """Return the compatible networks as one alternative in words, or none."""
    names = compatible_models(spec)
    return [one_of("model", names)] if names else []


def data_sets(traits: Traits, spec: DataSpec) -> list[str]:
    """Return the settings of data that would suit a network."""
    if "sequence" in traits.targets:
        return [SEQUENCE_DATA]
    if spec.input == "ids" or spec.partial:  # ratings
        layouts = [layout for form, layout in LAYOUTS.items() if form in traits.inputs and form != spec.form]
        if layouts:
            return [f"data.layout={layouts[0]}"]
    readers = [READERS[form] for form in traits.inputs]
    fit = [f"data={name}" for name, targets in readers if set(targets) & set(traits.targets)]
    return [" or ".join(fit)] if fit else []


def compatible_models(spec: DataSpec) -> list[str]:
    """Return the names of the networks that take a kind of data, with the heads of their configs."""
    fit = {name: card.targets for name, card in cards().items() if choose_conversion(card.traits.inputs, spec)}
    itself = "input" if spec.target == "none" and spec.form not in NOT_NUMERIC else spec.target
    return [name for name, targets in fit.items() if spec.target in targets or targets == (itself,)]
