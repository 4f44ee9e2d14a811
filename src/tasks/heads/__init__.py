"""Heads, which define what the outputs of a network mean: predictions and their metrics."""

from ...errors import UserError
from .base import Head
from .classification import Classification
from .conditional_reconstruction import ConditionalReconstruction
from .context import Context
from .counts import Counts
from .joint_reconstruction import JointReconstruction
from .language_model import LanguageModel
from .localization import Localization
from .multilabel import Multilabel
from .reconstruction import Reconstruction
from .regression import Regression
from .samples import Samples
from .segmentation import Segmentation
from .sequence_to_sequence import SequenceToSequence
from .signed_counts import SignedCounts
from .tagging import Tagging

__all__ = [
    "Classification",
    "ConditionalReconstruction",
    "Context",
    "Counts",
    "Head",
    "JointReconstruction",
    "LanguageModel",
    "Localization",
    "Multilabel",
    "Reconstruction",
    "Regression",
    "Samples",
    "Segmentation",
    "SequenceToSequence",
    "SignedCounts",
    "Tagging",
    "default_head",
]

DEFAULTS: tuple[type[Head], ...] = (
    Classification,
    Regression,
    Multilabel,
    LanguageModel,
    Reconstruction,
    SequenceToSequence,
    Samples,
    Context,
    Counts,
    SignedCounts,
    Segmentation,
    Localization,
)


def default_head(target: str) -> type[Head]:
    """Return the default head for a kind of target. Raises UserError if there is none."""
    for head in DEFAULTS:
        if target in head.targets:
            return head
    raise UserError(f"no head predicts the target '{target}' yet")
