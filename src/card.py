"""A card for every network: what it is, for people and for the tests. A leaf."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

Form = Literal["vector", "image", "sequence", "tokens"]
Ability = Literal["classification", "regression", "labelling"]


@dataclass(frozen=True)
class ModelCard:
    """What a network is, for people and for the tests. All fields are literals: they are also read without torch.

    name: as in `model=NAME`; title: one line; family: the page it stands on.
    sources: text, section or equation.
    accepts: forms of input the network takes itself, the most natural first: vector (B, F), image (B, C, H, W),
        sequence (B, T, F), tokens (B, T).
    tasks: what its outputs can mean: classification, regression, labelling (a set of labels).
    variants: further names under `configs/model`, each with a line of its own.
    trainable: False where the weights are given, not learned.
    mixes_rows: True where one example's output depends on the rest of the batch.
    """

    name: str
    title: str
    family: str
    sources: tuple[str, ...]
    accepts: tuple[Form, ...]
    tasks: tuple[Ability, ...]
    variants: tuple[tuple[str, str], ...] = ()
    trainable: bool = True
    mixes_rows: bool = False


Network = TypeVar("Network", bound=type)
_models: dict[str, tuple[ModelCard, type]] = {}


def register(card: ModelCard) -> Callable[[Network], Network]:
    """Put the decorated network into the catalogue.

    Raises ValueError if another class has the same name.
    """

    def add(network: Network) -> Network:
        known = _models.get(card.name)
        if known and (known[1].__module__, known[1].__qualname__) != (network.__module__, network.__qualname__):
            raise ValueError(f"two networks are called '{card.name}': {known[1].__qualname__}, {network.__qualname__}")
        _models[card.name] = card, network
        network.card = card  # type: ignore[attr-defined]
        return network

    return add


def registered() -> dict[str, tuple[ModelCard, type]]:
    """Return name -> (card, class) of the networks that have been imported."""
    return dict(sorted(_models.items()))
