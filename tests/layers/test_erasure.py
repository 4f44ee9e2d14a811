import pytest
import torch
from nnzoo.layers.erasure import Erasure


def test_the_last_inputs_are_erased():
    x = torch.arange(1.0, 11).view(2, 5)
    erased = Erasure(size=5, share=0.4)
    assert erased(x).tolist() == [[1, 2, 3, 0, 0], [6, 7, 8, 0, 0]]
    assert torch.equal(erased(erased(x)), erased(x))


@pytest.mark.parametrize(
    ("share", "message"), [(0.0, "erased is 0.0"), (1.0, "erased is 1.0"), (0.05, "is 0; it must")]
)
def test_invalid_share(share, message):
    with pytest.raises(ValueError, match=message):
        Erasure(size=5, share=share)
