"""Linear probes: accuracy of linear classifiers on the outputs of layers.

Shapes: B examples, F features of a layer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .outputs import recorded_outputs

Labelled = tuple[Tensor, Tensor]


@torch.no_grad()
def layer_features(net: nn.Module, layers: Sequence[str], x: Tensor) -> dict[str, Tensor]:
    """Return the inputs and the outputs of named layers, flattened to (B, F), by name.

    layers: names as in `net.named_modules()`. The outputs of a recurrent layer or cell are those of all steps, without
    its final state. Raises ValueError for an unknown name.
    """
    with recorded_outputs(net, layers) as outputs:
        net(x)
    return {"input": x.flatten(1), **{name: calls[-1].flatten(1) for name, calls in outputs.items()}}


def probe_accuracies(net: nn.Module, layers: Sequence[str], train: Labelled, test: Labelled) -> dict[str, float]:
    """Return the test accuracy of a softmax classifier on the inputs and on the outputs of each named layer.

    train, test: x (B, ...) and classes (B,). Features are standardized, and the weights have an L2 penalty. In a
    trained network, deeper layers separate the classes better. Call `net.eval()` first, since dropout and batch
    normalization act in the current mode. Aggarwal 1.6.6, figure 1.19.
    """
    from sklearn.linear_model import LogisticRegression  # imported here, since the import takes a second
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    train_features, test_features = layer_features(net, layers, train[0]), layer_features(net, layers, test[0])
    found = {}
    for name in train_features:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
        with threadpool_limits(1):  # more threads are slower, in particular on a busy machine
            probe.fit(train_features[name].double().cpu().numpy(), train[1].cpu().numpy())
            found[name] = float(probe.score(test_features[name].double().cpu().numpy(), test[1].cpu().numpy()))
    return found
