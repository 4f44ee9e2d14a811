"""A card for every network: what it is, for people and for the tests. A leaf."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from .errors import UserError

Form = Literal["vector", "image", "sequence", "tokens", "ids"]
Ability = Literal["classification", "regression", "labelling", "reconstruction", "generation"]


@dataclass(frozen=True)
class ModelCard:
    """What a network is, for people and for the tests. All fields are literals: they are also read without torch.

    name: as in `model=NAME`; title: one line; family: the page it stands on.
    sources: text, section or equation.
    accepts: forms of input the network takes itself, the most natural first: vector (B, F), image (B, C, H, W),
        sequence (B, T, F), tokens (B, T).
    tasks: what its outputs can mean: classification, regression, labelling (a set of labels), reconstruction (of the
        input); generation of points like those of the data.
    variants: further names under `configs/model`, each with a line of its own.
    causal: whether the output of a step depends on no later step; (setting, value) where that holds for this value of a
        setting of the constructor alone. Must be given for networks that take sequences or tokens, and only for them.
    trainable: False where the weights are given, not learned.
    mixes_rows: True where one example's output depends on the rest of the batch.
    Raises UserError if `causal` is missing, or given for a network that takes neither sequences nor tokens.
    """

    name: str
    title: str
    family: str
    sources: tuple[str, ...]
    accepts: tuple[Form, ...]
    tasks: tuple[Ability, ...]
    causal: bool | tuple[str, object] | None = None
    variants: tuple[tuple[str, str], ...] = ()
    trainable: bool = True
    mixes_rows: bool = False

    def __post_init__(self) -> None:
        reads = not {"sequence", "tokens"}.isdisjoint(self.accepts)
        if reads and self.causal is None:
            raise UserError(
                f"the card of '{self.name}' lacks causal: True if no output depends on later steps, False, or "
                "(setting, value) if it does not with this value of a setting"
            )
        if not reads and self.causal is not None:
            raise UserError(f"the card of '{self.name}' has causal={self.causal}, but it accepts no sequences")

    def is_causal(self, settings: Mapping[str, object]) -> bool:
        """Return whether the output of a step depends on no later step, given the constructor's settings.

        A network that takes neither sequences nor tokens is applied to each step by itself. Raises UserError if the
        card names a setting that is not there.
        """
        if isinstance(self.causal, tuple):
            setting, value = self.causal
            if setting not in settings:
                raise UserError(f"the card of '{self.name}' has causal={self.causal}; there is no setting '{setting}'")
            return settings[setting] == value
        return self.causal is not False


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
