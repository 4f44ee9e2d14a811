"""Training on features of patches whose centroids k-means finds in the training images.

Shapes: B images, L patches of an image, N numbers of a patch.
"""

import torch

from ...errors import UserError
from ...layers.conv.patch_code import PatchCode
from ..base import Task
from ..components import Components


class PatchKMeans(Task):
    """Before the first step, k-means finds the centroids of the network's `PatchCode` in patches of training images.

    patches: number of random patches. A resumed run keeps its centroids.
    Raises UserError for a number below 1, fewer patches than centroids, and a network without such a layer.
    Coates et al. 2011; Aggarwal 8.8.
    """

    def __init__(self, *, components: Components, patches: int = 10000) -> None:
        layers = [layer for layer in components.net.modules() if isinstance(layer, PatchCode)]
        if len(layers) != 1:
            name = type(getattr(components.net, "model", components.net)).__name__
            raise UserError(
                f"task 'patch_kmeans' needs a network of patch features; {name} is none: try model=patch_kmeans"
            )
        if patches < 1:
            raise UserError(f"task.patches is {patches}; it must be at least 1")
        super().__init__(components=components)
        self.patches = patches
        self.seed: int = components.config["seed"]
        (self.code,) = layers

    def why_not_distributed(self) -> str | None:
        """Return why several processes cannot train the network together."""
        return "each process would find other centroids"

    def on_train_start(self) -> None:
        """Find the centroids, unless the run is resumed."""
        if self.random_state is None:
            self.find_centroids()
        super().on_train_start()

    @torch.no_grad()
    def find_centroids(self) -> None:
        """Sample patches of all training images, and fit the layer to them."""
        assert self.cursor is not None
        generator = torch.Generator().manual_seed(self.seed)
        images = sum(len(batch.x) for batch in self.cursor.peek())
        of_image = -(-self.patches // images)
        sampled = []
        for batch in self.cursor.peek():
            found = self.code.patches(batch.x)  # (B, L, N)
            places = torch.rand(found.shape[:2], generator=generator).argsort(1)[:, :of_image].to(found.device)
            sampled.append(found.gather(1, places.unsqueeze(-1).expand(-1, -1, found.shape[-1])).flatten(0, 1))
        every = torch.cat(sampled)
        chosen = torch.randperm(len(every), generator=generator)[: self.patches].to(every.device)
        try:
            self.code.fit(every[chosen], seed=self.seed)
        except ValueError as error:
            raise UserError(f"task.patches is {self.patches}; {error}") from error
