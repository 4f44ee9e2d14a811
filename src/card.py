"""What a network takes, as its class says it, and the card of each name that can be chosen. A leaf, without torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .errors import UserError

Form = Literal["vector", "image", "sequence", "tokens", "ids"]
Target = Literal["classes", "real", "multilabel", "next_token", "input", "sequence", "none"]
LEARNED: tuple[Target, ...] = ("classes", "real", "multilabel", "next_token", "input")


@dataclass(frozen=True)
class Traits:
    """What a network can do: `traits = Traits(...)` in its class. All values are literals: they are read without torch.

    inputs: forms of input that it takes itself, the most natural first: vector (B, F), image (B, C, H, W),
        sequence (B, T, F), tokens (B, T), ids (B, n) of different things.
    targets: kinds of target that its outputs can be for; none where it learns from inputs alone.
    causal: whether the output of a step depends on no later step; (setting, value) where that holds for this value of a
        setting of the constructor alone. Must be given for networks that take sequences or tokens, and only for them.
    trainable: False where the weights are given, not learned.
    Raises UserError if `causal` is missing, or given for a network that takes neither sequences nor tokens.
    """

    inputs: tuple[Form, ...]
    targets: tuple[Target, ...] = LEARNED
    causal: bool | tuple[str, object] | None = None
    trainable: bool = True

    def __post_init__(self) -> None:
        reads = not {"sequence", "tokens"}.isdisjoint(self.inputs)
        takes = " and ".join(self.inputs)
        if reads and self.causal is None:
            raise UserError(
                f"traits of a network that takes {takes} lack causal: True if no output depends on later steps, False, "
                "or (setting, value) if none does with this value of a setting"
            )
        if not reads and self.causal is not None:
            raise UserError(f"traits have causal={self.causal}, but the network takes {takes}, no sequences")

    def is_causal(self, settings: Mapping[str, object]) -> bool:
        """Return whether the output of a step depends on no later step, given the constructor's settings.

        A network that takes neither sequences nor tokens is applied to each step by itself. Raises UserError if
        `causal` names a setting that is not there.
        """
        if isinstance(self.causal, tuple):
            setting, value = self.causal
            if setting not in settings:
                raise UserError(f"traits have causal={self.causal}; the network has no setting '{setting}'")
            return settings[setting] == value
        return self.causal is not False


@dataclass(frozen=True)
class ModelCard:
    """What goes by one name: as in `model=NAME`, a network with its settings and, of some, a loss or a rule.

    The texts stand as `_card_` in `configs/model/NAME.yaml`, what the network takes in its class.

    title: one line; family: the page it stands on; sources: text, section or equation.
    target: dotted path of the class; traits: of the class.
    targets: kinds of target that it learns with its loss or rule; no next token if it looks ahead.
    causal: whether the output of a step depends on no later step, with the settings of this name; None for networks
        that take no sequences.
    example: further overrides of a command that shows it in seconds.
    without_experiment: why no experiment compares it with a published number, empty if one does.
    """

    name: str
    title: str
    family: str
    sources: tuple[str, ...]
    target: str
    traits: Traits
    targets: tuple[Target, ...]
    causal: bool | None
    example: str
    without_experiment: str

    @property
    def causal_text(self) -> str:
        """Whether it is causal, in words."""
        if not isinstance(self.traits.causal, tuple):
            return "yes" if self.causal else "no"
        setting, value = self.traits.causal
        return f"{'yes, while' if self.causal else 'only with'} model.{setting}={str(value).lower()}"

    @property
    def command(self) -> str:
        """The command that shows it in seconds."""
        return f"nnzoo train model={self.name} {self.example}".rstrip()
