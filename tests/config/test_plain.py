"""Plain data of configs, compared with OmegaConf's conversion."""

import pytest
from nnzoo.config.compose import compose
from nnzoo.config.plain import to_plain
from omegaconf import OmegaConf
from omegaconf.errors import InterpolationResolutionError

TEXT = r"""
a: 1
b: ${a}
c: {d: "${b}", e: [1, "${c.f}", {g: null}], f: "x${a}", h: "???", o: "${.f}"}
i: ${c}
j: ${c.e}
k: '\${a} and \\${a}'
l: null
m: {}
n: []
"""


@pytest.mark.parametrize("resolve", [False, True])
def test_equals_omegaconf(resolve):
    configs = [OmegaConf.create(TEXT), OmegaConf.create(TEXT).c.e, *map(compose, ([], ["data=xor", "model=lstm"]))]
    for config in configs:
        found = to_plain(config, resolve=resolve)
        assert found == OmegaConf.to_container(config, resolve=resolve)
        assert repr(found) == repr(OmegaConf.to_container(config, resolve=resolve))


def test_error_is_that_of_omegaconf():
    config = OmegaConf.create({"a": {"b": "${nowhere}"}})
    with pytest.raises(InterpolationResolutionError) as expected:
        OmegaConf.to_container(config, resolve=True)
    with pytest.raises(InterpolationResolutionError) as found:
        to_plain(config, resolve=True)
    assert str(found.value) == str(expected.value)
    assert to_plain(config, resolve=False) == {"a": {"b": "${nowhere}"}}
