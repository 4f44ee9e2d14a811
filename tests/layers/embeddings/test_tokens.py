import torch
from nnzoo.layers.embeddings.tokens import TokenEmbedding
from torch.nn.functional import one_hot


def test_lookup_equals_the_product_with_a_multi_hot_vector():
    """Value and gradient of W x, x one-hot or with a 1 for each token of the step (Aggarwal 7.2)."""
    torch.manual_seed(0)
    for shape in ((3, 5), (3, 5, 2)):
        tokens = TokenEmbedding(7, 4).double()
        ids = torch.randint(7, shape)
        x = one_hot(ids, 7).double()
        hot = x if ids.ndim == 2 else x.sum(2)
        columns = tokens.weight.detach().T.clone().requires_grad_()  # W, (4, 7)
        expected = torch.einsum("dv,btv->btd", columns, hot)
        torch.testing.assert_close(tokens(ids), expected)
        tokens(ids).square().sum().backward()
        expected.square().sum().backward()
        torch.testing.assert_close(tokens.weight.grad, columns.grad.T)
