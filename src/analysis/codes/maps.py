"""Two-dimensional maps of examples: principal components and t-SNE.

Shapes: N examples, F features.
"""

import torch
from torch import Tensor

PERPLEXITY = 30
FEATURES = 50  # principal components that t-SNE reads, so that its search for neighbours is fast
ITERATIONS = 500


def principal_components(x: Tensor) -> Tensor:
    """Return the first two principal components (N, 2) of examples (N, F) with at least two features. Aggarwal 2.5.1.2.

    They are always the same for the same examples.
    """
    from sklearn.decomposition import PCA  # imported here, since the import takes a second

    return torch.from_numpy(PCA(2, random_state=0).fit_transform(x.double().cpu().numpy())).float()


def tsne(x: Tensor) -> Tensor:
    """Return a map (N, 2) of at least four examples (N, F) by t-SNE. Aggarwal 2.5.3.

    It runs 500 iterations, starting from the principal components. The perplexity is 30, or a third of the number of
    examples if that is smaller. The map is always the same for the same examples.
    """
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    values = x.double().cpu().numpy()
    if min(values.shape) > FEATURES:
        values = PCA(FEATURES, random_state=0).fit_transform(values)
    perplexity = min(PERPLEXITY, (len(values) - 1) / 3)
    model = TSNE(init="pca", perplexity=perplexity, max_iter=ITERATIONS, random_state=0)
    return torch.from_numpy(model.fit_transform(values)).float()
