"""Direct steps that the config alone refuses, before torch is loaded."""

import pytest
from nnzoo.config.compose import compose
from nnzoo.errors import UserError

from tests.support.processes import python

DIRECT = ("model=mlp", "data=digits", "trainer.engine=direct")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("trainer.engine=dircet", "unknown trainer.engine 'dircet'; did you mean 'direct'?"),
        ("trainer.compile=true", "trainer.compile=true compiles the steps of autograd; use trainer.engine=auto"),
        ("trainer.precision=bf16-mixed", "trainer.precision=bf16-mixed is a setting of autograd"),
        ("trainer.devices=2", "trainer.devices=2 adds up gradients of autograd; use trainer.engine=auto"),
        ("trainer.cuda_graphs=true", "trainer.cuda_graphs=true replays the steps of autograd"),
        ("trainer.truncated_bptt_steps=3", "trainer.truncated_bptt_steps cuts the sequences of recurrent networks"),
        ("penalties=activation", r"penalty ActivationPenalty \(penalties.activation\) states no derivative"),
        ("penalties=contractive", r"penalty ContractivePenalty \(penalties.contractive\) states no derivative"),
    ],
)
def test_refused_by_the_config(override, message):
    with pytest.raises(UserError, match=message):
        compose([*DIRECT, override])
    if "engine" not in override:
        compose([*DIRECT[:2], override])  # the default engine takes it


def test_temporal_clipping_is_autograds():
    clipping = ("trainer.gradient_clip_algorithm=temporal", "trainer.gradient_clip_val=1")
    with pytest.raises(UserError, match="temporal clips in the backward pass of autograd"):
        compose([*DIRECT, *clipping])
    compose([*DIRECT, "trainer.gradient_clip_algorithm=norm", "trainer.gradient_clip_val=1"])


def test_no_effect_without_gradient_steps():
    with pytest.raises(UserError, match=r"trainer\.engine has no effect with task 'ridge'; leave it out"):
        compose(["model=ridge", "data=iris", "trainer.engine=direct"])


def test_config_errors_load_no_torch(tmp_path):
    code = f"""
import sys
from nnzoo.config.compose import compose
from nnzoo.errors import UserError
try:
    compose({[*DIRECT, "penalties=contractive"]})
except UserError as error:
    assert "torch" not in sys.modules
    print(error)
"""
    assert "states no derivative" in python("-c", code, cwd=tmp_path).stdout
