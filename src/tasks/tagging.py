"""A tag for each step of a sequence, and the spans that the tags make: phrases, names."""

from ..errors import UserError
from .classification import Classification
from .metrics import Tagged


class Tagging(Classification):
    """Decide for a tag at every step: O outside, B-type at the beginning of a span, I-type inside.

    Metrics: loss, f1, precision and recall of spans, acc (share of right tags), errors (number of wrong ones). A span
    is right if its place and its type are; one that is cut by segments counts as several. Raises UserError if the
    classes are no such tags. Aggarwal 7.7.4; the rules of conlleval.
    """

    metrics = Tagged

    def make_metrics(self) -> Tagged:
        """Return the running sums, which need the names of the tags."""
        if not self.spec.per_step or not self.spec.labels:
            raise UserError(f"task 'tagging' takes a named tag for every step; the data is {self.spec}")
        try:
            return Tagged(self.spec.labels)
        except ValueError as error:
            raise UserError(f"task 'tagging': {error}") from error
