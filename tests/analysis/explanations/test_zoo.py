"""The rules in all convolutional networks of the catalogue and in MLPs on images, against hooks of the ReLU layers."""

import pytest
import torch
from nnzoo.analysis.explanations.backward_rules import BackwardRule
from nnzoo.analysis.explanations.feature_maps import convolutions, feature_maps
from nnzoo.analysis.explanations.pixel_gradients import pixel_gradients
from nnzoo.analysis.explanations.scores import class_score
from nnzoo.config.catalogue import cards
from nnzoo.config.overrides import to_overrides
from nnzoo.spec import DataSpec
from torch import nn

from tests.support.built import built_for
from tests.support.catalogue import small_settings

IMAGE = DataSpec("real", (2, 32, 32), "classes", 10, low=0, high=1)
CONVOLUTIONAL = sorted(
    {
        (card.target, str(small_settings(name))): name
        for name, card in cards().items()
        if card.family == "convolutional" and "classes" in card.targets
    }.values()
)
OTHER_ACTIVATIONS = {"ScaledTanh", "Gate", "Sigmoid", "Tanh", "PatchCode"}
# Maps of single frames, of clusters and over time; a side head that evaluation leaves out.
OTHER_MAPS = ("conv_recurrent", "patch_kmeans", "video_conv", "googlenet_side_heads")
NAMES = [*CONVOLUTIONAL, "mlp", "maxout_mlp", "skip_mlp", "conv_autoencoder"]


def small(name):
    settings = [line for key, value in small_settings(name).items() for line in to_overrides(f"model.{key}", value)]
    spec = IMAGE.with_input_as_target() if name == "conv_autoencoder" else IMAGE
    return built_for(spec, f"model={name}", *settings).eval()


def by_hooks(net, x, k, rule):
    """Return the gradient with a rule at each ReLU layer, by hooks of the layers."""

    def hook(layer, propagated, gradient):
        return (propagated[0] if rule == BackwardRule.BACKPROP else rule_of_relu(gradient[0], propagated[0], rule),)

    hooks = [each.register_full_backward_hook(hook) for each in net.modules() if isinstance(each, nn.ReLU)]
    x = x.clone().requires_grad_()
    net(x).gather(1, k[:, None]).sum().backward()
    for each in hooks:
        each.remove()
    net.zero_grad(set_to_none=True)
    return x.grad


def rule_of_relu(gradient, propagated, rule):
    return gradient.relu() if rule == BackwardRule.DECONVNET else propagated.where(gradient > 0, 0)


@pytest.mark.parametrize("name", NAMES)
def test_rules_equal_hooks_of_all_relu_layers(name):
    net, x = small(name), torch.rand(2, *IMAGE.shape)
    k = torch.tensor([3, 7])
    before = {key: each.clone() for key, each in net.state_dict().items()}
    others = any(
        type(each).__name__ in ("ScaledTanh", "Gate", "Sigmoid", "Tanh", "PatchCode") for each in net.modules()
    )
    for rule in (BackwardRule.BACKPROP, BackwardRule.DECONVNET, BackwardRule.GUIDED):
        if name == "maxout_mlp" and rule != BackwardRule.BACKPROP:
            with pytest.raises(ValueError, match="needs increasing activation functions"):
                pixel_gradients(class_score(net, k), x, rule)
            continue
        found = pixel_gradients(class_score(net, k), x, rule)
        assert found.isfinite().all()
        assert torch.equal(pixel_gradients(class_score(net, k), x, rule), found)
        if not others:
            torch.testing.assert_close(found, by_hooks(net, x, k, rule))
    assert all(torch.equal(before[key], each) for key, each in net.state_dict().items())
    assert not net.training
    assert not any(each._forward_hooks or each._backward_hooks for each in net.modules())


@pytest.mark.parametrize("name", sorted({*CONVOLUTIONAL} - {*OTHER_MAPS}))
def test_feature_maps_of_all_convolutions(name):
    net, x = small(name), torch.rand(1, *IMAGE.shape)
    found = feature_maps(net, convolutions(net), x)
    assert len(found) >= len(convolutions(net)) > 0
    assert all(maps.ndim == 4 and len(maps) == 1 for maps in found.values())
