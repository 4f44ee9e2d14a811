"""Nodes with their neighbours in random walks, as words in sentences.

Source: Perozzi et al., DeepWalk, 2014; Grover and Leskovec, node2vec, 2016; Aggarwal 2.7.3.

Shapes: n nodes.
"""

from typing import NamedTuple

import numpy as np

from ...graphs.graph import Ints
from ...graphs.walks import walk_ids
from ...preprocessing.default import default
from ..base import Splits
from ..contexts.contexts import Contexts, WindowOptions
from ..contexts.stream import TokenStream
from ..contexts.window_loader import WindowLoader
from ..loader import Loader
from ..splits import Split
from .division import Division
from .layouts import LinkLayout


class WalkOptions(NamedTuple):
    """Walks, and the windows on them, with the defaults of the program of the authors of DeepWalk.

    walks: from each node in an epoch; length: nodes of a walk; p, q: return and in-out parameter of node2vec, 1 for
    DeepWalk; window: nodes on each side; random_window: draw their number from 1 to `window`.
    """

    walks: int = 10
    length: int = 40
    p: float = 1.0
    q: float = 1.0
    window: int = 5
    random_window: bool = True


class WalkLayout(LinkLayout):
    """An example is a node of a walk with its neighbours in the walk, see `Contexts`.

    Training walks follow training edges and are drawn anew for each epoch. In other splits, a walk is a held-out edge.
    """

    def __init__(self, division: Division, *, seed: int, options: WalkOptions) -> None:
        super().__init__(division, seed=seed)
        self.options = options
        self.epoch = 0  # of the walks in `drawn`
        walks = self.walks(0)
        self.drawn = as_stream(walks)
        self.held = {
            split: as_stream(np.stack(edges[:2], 1)) for split, edges in division.edges.items() if split != "train"
        }
        self.contexts = Contexts(
            names=self.names,
            counts=np.bincount(walks[walks >= 0], minlength=len(self.names)).astype(np.float64),
            stream=self.stream,
            options=WindowOptions(options.window, options.random_window, None),
            seed=seed,
        )
        self.set_spec()

    def set_spec(self) -> None:
        """Set the kind of an example, and the encoding of nodes if they are the input."""
        self.spec = self.contexts.spec
        self.preprocessing = self.encoding if self.contexts.reversed else default(self.spec)

    def predict_context(self) -> None:
        """Make the node the input, and its neighbours the target."""
        self.contexts.reversed = True
        self.set_spec()

    def target_counts(self) -> tuple[float, ...]:
        """Return the number of times that each node occurs in the walks of the first epoch."""
        return tuple(self.contexts.counts.tolist())

    def walks(self, epoch: int) -> Ints:
        """Return the training walks of an epoch, see `walk_ids`."""
        walks, length, p, q, _, _ = self.options
        return walk_ids(self.division.train, walks=walks, length=length, p=p, q=q, seed=self.seed, epoch=epoch)

    def stream(self, split: str, epoch: int) -> TokenStream:
        """Return the walks of a split in an epoch."""
        if split != "train":
            return self.held[split]
        if epoch != self.epoch:
            self.drawn, self.epoch = as_stream(self.walks(epoch)), epoch
        return self.drawn

    def splits(self) -> Splits:
        """Return the examples that are evaluated."""
        return {split: self.contexts.evaluated(split) for split in self.division.edges}

    def train_loader(self, evaluated: Split, batch_size: int) -> Loader:
        """Return the training batches; evaluated: the training examples that are evaluated."""
        return WindowLoader(self.contexts, evaluated, batch_size=batch_size)


def as_stream(walks: Ints) -> TokenStream:
    """Return walks (N, L) as sequences; those of one node have no neighbours and are left out."""
    lengths = (walks >= 0).sum(1)
    return TokenStream.of(walk[:length] for walk, length in zip(walks, lengths.tolist(), strict=True) if length > 1)
