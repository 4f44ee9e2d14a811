"""What to use instead of a network that does not take the data."""

from ..card import Form, Traits
from ..config.catalogue import cards
from ..spec import DataSpec
from .adapters import choose_conversion

MAX_MENTIONED = 4  # maximum number of networks in a message
FORMS: dict[Form, str] = {
    "vector": "vectors",
    "image": "images",
    "sequence": "sequences",
    "tokens": "tokens",
    "ids": "ids",
}
READERS: dict[Form, str] = {
    "vector": "array",
    "image": "image_folder",
    "sequence": "series",
    "tokens": "word_text",
    "ids": "ratings",
}
NOT_NUMERIC = ("tokens", "ids")  # forms of input that cannot be reconstructed
HEADS = {"input": "reconstruction", "none": "samples"}  # for data without a target
SEQUENCE_DATA = "data=reverse"  # a data set whose targets are sequences; user files have none


def incompatibility(traits: Traits, spec: DataSpec) -> str:
    """Return what a network takes, what the data gives, and alternatives."""
    models = compatible_models(spec)
    more = " ..." if len(models) > MAX_MENTIONED else ""
    others = [f"one of {', '.join(models[:MAX_MENTIONED])}{more}"] if models else []
    if choose_conversion(traits.inputs, spec) is None:
        forms = " or ".join(FORMS[form] for form in traits.inputs)
        own = " or ".join(f"data={READERS[form]}" for form in traits.inputs)
        return f"{forms}; the data gives {spec}; use {', or '.join([*others, own])}"
    heads = [
        f"head={head}" for target, head in HEADS.items() if target in traits.targets and spec.form not in NOT_NUMERIC
    ]
    if "sequence" in traits.targets:
        others = [SEQUENCE_DATA]
    targets = " or ".join(traits.targets)
    return f"{targets}; the target of the data is {spec.target}; use {', or '.join([*heads, *others])}"


def compatible_models(spec: DataSpec) -> list[str]:
    """Return the names of the networks that take a kind of data, with the heads of their configs."""
    fit = {name: card.targets for name, card in cards().items() if choose_conversion(card.traits.inputs, spec)}
    itself = "input" if spec.target == "none" and spec.form not in NOT_NUMERIC else spec.target
    return [name for name, targets in fit.items() if spec.target in targets or targets == (itself,)]
