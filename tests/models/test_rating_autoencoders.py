"""Autoencoders of rows of ratings: known, unknown and masked entries. Aggarwal 2.5.6, 2.9."""

import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
from nnzoo.spec import Batch

from tests.support.built import built

SETTINGS = ("model=denoising_autoencoder", "data=toy_ratings", "model.hidden=[]", "model.code=2")


def test_masked_ratings_are_targets_and_unknown_ones_are_not():
    """Masking sets some known ratings of the input to 0, as if unknown; the loss is over all known ratings."""
    settings = [*SETTINGS, "data.layout=rows", "model.corruption=masking", "model.strength=0.5"]
    task = built(*settings)
    data = build_data(api.plain(compose(settings)))
    split = data.splits["train"]
    x, y = split.x.repeat(40, 1), split.y.repeat(40, 1)
    known = x > 0
    seen = []
    task.net.model.encoder.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    torch.manual_seed(0)
    step = task.compute(Batch(x, y))
    (given,) = seen
    assert not given[~known].any()
    kept = given[known] == x[known]
    assert 0.3 < kept.float().mean() < 0.7
    assert not given[known][~kept].any()
    assert torch.equal(step.counts, known)
    torch.testing.assert_close(step.loss, (step.output[known] - x[known]).square().mean())


@pytest.mark.parametrize("layout", ["rows", "items"])
@pytest.mark.parametrize("noise", ["gaussian", "salt_and_pepper"])
def test_other_noise_would_invent_ratings(noise, layout):
    with pytest.raises(UserError, match=f"model.corruption={noise} would change unknown ratings"):
        built(*SETTINGS, f"data.layout={layout}", f"model.corruption={noise}")
