"""How well a linear classifier tells the classes from what a layer makes of the data.

Shapes: B examples, F features of a layer.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

Labelled = tuple[Tensor, Tensor]


@torch.no_grad()
def features(net: nn.Module, layers: Sequence[str], x: Tensor) -> dict[str, Tensor]:
    """Return the inputs and the outputs of named layers, each example in a row: (B, F) by name.

    Of a recurrent layer or cell the outputs are the states of all steps, without those to go on from.

    layers: names as in `net.named_modules()`. Raises ValueError for a name that is none.
    """
    modules = dict(net.named_modules())
    if missing := [name for name in layers if name not in modules]:
        raise ValueError(f"the network has no layer '{missing[0]}'; its layers are {', '.join(filter(None, modules))}")
    found = {"input": x.flatten(1)}

    def watch(name: str) -> torch.utils.hooks.RemovableHandle:
        def see(_: nn.Module, __: object, output: Tensor | tuple[Tensor, object]) -> None:
            found[name] = (output[0] if isinstance(output, tuple) else output).flatten(1)

        return modules[name].register_forward_hook(see)

    hooks = [watch(name) for name in layers]
    try:
        net(x)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def probes(net: nn.Module, layers: Sequence[str], train: Labelled, test: Labelled) -> dict[str, float]:
    """Return the test accuracy of a softmax classifier on the inputs and on the outputs of each named layer.

    train, test: x (B, ...) and classes (B,). Features are standardized, and the weights have an L2 penalty. Deeper
    layers of a trained network make classes easier to separate. Dropout and batch normalization act as they are set:
    call `net.eval()`. Aggarwal 1.6.6, figure 1.19.
    """
    from sklearn.linear_model import LogisticRegression  # a second of import that other runs do not need
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from threadpoolctl import threadpool_limits

    seen, new = features(net, layers, train[0]), features(net, layers, test[0])
    found = {}
    for name in seen:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=2000))
        with threadpool_limits(1):  # more threads only cost: much, where others work, too
            probe.fit(seen[name].double().cpu().numpy(), train[1].cpu().numpy())
            found[name] = float(probe.score(new[name].double().cpu().numpy(), test[1].cpu().numpy()))
    return found
