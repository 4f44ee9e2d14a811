"""The linear network.

Shapes: *n examples or steps, F inputs, O outputs.
"""

from jaxtyping import Float
from torch import Tensor, nn

from ..card import ModelCard, register


@register(
    ModelCard(
        name="linear",
        title="One layer of linear units; its loss makes it least squares, logistic regression or softmax",
        family="feedforward",
        sources=("Aggarwal 1.2.1, 2.2-2.3", "MIT 6.1-6.2.1", "MMDS 13.2", "Forsyth 12.1"),
        accepts=("vector",),
        tasks=("classification", "regression", "labelling"),
        variants=(
            ("perceptron", "Rosenblatt's rule: learns from errors alone (1958). Aggarwal 1.2.1, 2.2.1"),
            (
                "pocket",
                "The perceptron's best weights so far, for classes that overlap: Gallant (1990). Aggarwal 1.2.1.1",
            ),
            (
                "margin_perceptron",
                "Perceptron that also learns from close calls: Freund, Schapire (1999). Aggarwal 1.2.1.2",
            ),
            ("multiclass_perceptron", "One vector a class, of which an error moves two. Aggarwal 2.3.1"),
            ("adaline", "Least squares on classes, or delta rule: Widrow and Hoff (1960). Aggarwal 2.2.2.1"),
            ("least_absolute", "Least absolute deviations on classes, which the SVM's loss repairs. Aggarwal 2.9"),
            ("fisher", "Fisher's discriminant (1936): between-class against within-class variance. Aggarwal 2.2.2.1"),
            ("linear_regression", "Least squares by gradient: Legendre and Gauss (1805, 1809). Aggarwal 2.2.2"),
            ("ridge", "Least squares with a penalty, solved at once: Hoerl and Kennard (1970). Aggarwal 2.2.2.2"),
            ("logistic_regression", "The probability of a class: Berkson (1944), Cox (1958). Aggarwal 2.2.3"),
            ("softmax_regression", "Logistic regression for many classes: the softmax classifier. Aggarwal 2.3.3"),
            ("linear_svm", "Support vector machine: Cortes and Vapnik (1995), in the primal. Aggarwal 2.2.4"),
            ("l2_svm", "SVM with squared hinge loss: Hinton (1989), before the name. Aggarwal 2.2.2.1, 2.2.4"),
            ("weston_watkins_svm", "Multiclass SVM: Weston and Watkins (1998). Aggarwal 2.3.2"),
        ),
    )
)
class Linear(nn.Module):
    """Net inputs W x + b. MIT 6.2.1."""

    def __init__(self, *, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.linear = nn.Linear(in_features, out_features, bias=bias)

    def forward(self, x: Float[Tensor, "*n F"]) -> Float[Tensor, "*n O"]:
        """Return the raw outputs."""
        return self.linear(x)
