import torch
from nnzoo.spec import DataSpec
from nnzoo.tasks.penalties import ActivationPenalty, WeightPenalty
from nnzoo.tasks.penalties.collection import Penalties
from torch import nn

SPEC = DataSpec("real", (2,), "real", 1)


def test_terms_by_the_names_of_their_metrics() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 1))
    penalties = Penalties(
        small=WeightPenalty(weight=0.5, norm="l1", parameters="0.weight"),
        code=ActivationPenalty(weight=0.25, norm="l1", layers="0"),
    )
    assert penalties.metrics == ("small_penalty", "code_penalty")
    penalties.bind(net, SPEC)
    hooks = penalties.register_hooks()
    assert len(hooks) == 1
    batch = SPEC.fake_batch(4)
    for _ in range(2):  # the activations of an earlier pass do not count
        penalties.reset()
        net(batch.x)
    found = penalties.terms(batch)
    assert list(found) == ["small_penalty", "code_penalty"]
    torch.testing.assert_close(found["small_penalty"], 0.5 * net[0].weight.abs().sum())
    torch.testing.assert_close(found["code_penalty"], 0.25 * net[0](batch.x).abs().sum(1).mean())
    for hook in hooks:
        hook.remove()
    penalties.reset()
    assert not penalties["code"].recorded
