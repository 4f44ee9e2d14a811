"""The traits of a network class and the card of each network name. A leaf module that does not import torch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .errors import UserError

Form = Literal["vector", "image", "sequence", "tokens", "ids", "index"]
TargetKind = Literal[
    "classes",
    "real",
    "multilabel",
    "next_token",
    "input",
    "sequence",
    "context",
    "counts",
    "signed_counts",
    "class_map",
    "class_box",
    "none",
]
DEFAULT_TARGETS: tuple[TargetKind, ...] = ("classes", "real", "multilabel", "next_token", "input")
Need = str | tuple[str, int | str]
"""A setting that another one needs, see `Traits`."""
VectorKind = Literal["input", "output", "sum", "both"]
"""Which vectors of a network with words, nodes or documents: those of its input, of its output, their sum, or both."""


@dataclass(frozen=True)
class Traits:
    """Properties of a network class, given as `traits`; literals, so that torch is not needed to read them.

    inputs: forms of input that the network takes without conversion, the preferred form first: vector (B, F),
        image (B, C, H, W), sequence (B, T, F), tokens (B, T), ids (B, n) of n entities, index (B, 1), the id of one.
    targets: kinds of target that the network can learn; "none" if it learns from inputs alone.
    causal: whether the output of each step is independent of later steps; (setting, value) if this holds only for this
        value of a constructor argument. Required for networks that take sequences or tokens, not allowed for others.
    trainable: False if the weights are fixed.
    minimum: the smallest input that the network takes, None for any.
    loss: the class of the only loss that the outputs are for, None for any.
    needs: settings that have no effect unless one of certain others is set, as an activation without hidden layers. A
        pair requires more of the other setting: (name, n) that it is at least n, or a list of n entries, and
        (name, pattern) that the text contains a match of a regular expression.
    Raises UserError if `causal` is missing, or if it is given for a network that takes neither sequences nor tokens.
    """

    inputs: tuple[Form, ...]
    targets: tuple[TargetKind, ...] = DEFAULT_TARGETS
    causal: bool | tuple[str, object] | None = None
    trainable: bool = True
    minimum: float | None = None
    loss: str | None = None
    needs: Mapping[str, tuple[Need, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        takes_sequences = not {"sequence", "tokens"}.isdisjoint(self.inputs)
        inputs = " and ".join(self.inputs)
        if takes_sequences and self.causal is None:
            raise UserError(
                f"traits of a network that takes {inputs} need causal: True if no output depends on later steps, "
                "False if one does, or (setting, value) if none does with this value of a setting"
            )
        if not takes_sequences and self.causal is not None:
            raise UserError(f"traits have causal={self.causal}, but the network takes {inputs}, no sequences")

    def is_causal(self, settings: Mapping[str, object]) -> bool:
        """Return whether the output of each step is independent of later steps, given the constructor's arguments.

        A network that takes neither sequences nor tokens is applied to each step separately. Raises UserError if
        `causal` names a setting that the network does not have.
        """
        if isinstance(self.causal, tuple):
            setting, value = self.causal
            if setting not in settings:
                raise UserError(f"traits have causal={self.causal}; the network has no setting '{setting}'")
            return settings[setting] == value
        return self.causal is not False


@dataclass(frozen=True)
class ModelCard:
    """The description of `model=NAME`: a network with its settings and, for some names, a loss or a rule.

    The texts are read from `_card_` in `configs/model/NAME.yaml`, the traits from the class.

    title: one line; family: its page in docs/models; sources: text, section or equation.
    target: dotted path of the class; traits: those of the class.
    targets: kinds of target that the network learns with its loss or rule; no next_token if it is not causal.
    causal: whether the output of each step is independent of later steps with these settings; None for networks
        that take no sequences.
    example: further overrides of a training command that runs in seconds.
    without_experiment: why no experiment compares the network with a published result; empty if one does.
    package: of the plug-in that has the network, empty for a network of nnzoo.
    """

    name: str
    title: str
    family: str
    sources: tuple[str, ...]
    target: str
    traits: Traits
    targets: tuple[TargetKind, ...]
    causal: bool | None
    example: str
    without_experiment: str
    package: str = ""

    @property
    def causal_text(self) -> str:
        """Whether the network is causal, in words."""
        if not isinstance(self.traits.causal, tuple):
            return "yes" if self.causal else "no"
        setting, value = self.traits.causal
        return f"{'yes, with' if self.causal else 'only with'} model.{setting}={str(value).lower()}"

    @property
    def command(self) -> str:
        """A training command that runs in seconds."""
        return f"nnzoo train model={self.name} {self.example}".rstrip()
