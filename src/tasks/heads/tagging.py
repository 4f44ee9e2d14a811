"""Tagging of the steps of a sequence, and the spans that the tags define."""

from ...errors import UserError
from ...losses.base import Loss
from ...spec import DataSpec
from ..metrics.base import Metrics
from ..metrics.tagging import SpanMetrics
from .classification import Classification


class Tagging(Classification):
    """Predict a tag at every step: O outside, B-type at the beginning of a span, I-type inside.

    Metrics: loss, f1, precision and recall of spans, acc (share of correct tags), errors (number of wrong tags). A span
    is correct if its steps and its type are correct; a span that is split by segments counts as several. Raises
    UserError if the classes are not such tags. Aggarwal 7.7.4; the rules of conlleval.
    """

    def __init__(self, *, spec: DataSpec, loss: Loss) -> None:
        super().__init__(spec=spec, loss=loss)
        if not spec.per_step or not spec.labels:
            raise UserError(f"head 'tagging' takes a named tag for every step; the data is {spec}")
        try:
            SpanMetrics(spec.labels)
        except ValueError as error:
            raise UserError(f"head 'tagging': {error}") from error

    def metrics(self) -> Metrics:
        """Return f1, precision, recall, acc, errors."""
        return SpanMetrics(self.spec.labels)
