"""The base class of data sets of graphs."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, get_args

import numpy as np
import torch
from torch import Tensor

from ...errors import UserError, unknown
from ...graphs.affinities import with_affinity
from ...graphs.graph import Graph
from ...preprocessing.base import Preprocessing
from ..base import Data, Splits
from ..holdout import check_fraction, count_of, random_split, stratified
from ..loader import Loader
from ..ratings.base import check_effect
from .division import Division, divide
from .layouts import EdgeLayout, IndexLayout, Layout, LayoutName, PairLayout, RowLayout
from .sampling import NegativesFrom, PairOptions
from .walk_layout import WalkLayout, WalkOptions

Affinity = Literal["edges", "katz", "common_neighbours", "adamic_adar", "jaccard"]


class GraphData(Data):
    """A graph as examples for networks.

    layout: what an example is, see `layouts` and `walk_layout`; pairs, walks: settings of these layouts by name, see
    `PairOptions` and `WalkOptions`, None for the default; affinity: weights of the training pairs, see `with_affinity`,
    not with layout="index"; beta: of katz.
    val, test: fractions for validation, of those not in the test split, and for testing: of the nodes with
    layout="rows", else of the edges. With test=0 the network learns from all other edges or nodes, and the test split
    is the training split.
    Raises UserError for unknown names, values out of range, settings without effect, too few edges or nodes, and if the
    matrix of a layout is too large.
    """

    batch_size: ClassVar[int] = 256
    useless: ClassVar[dict[str, tuple[str, tuple[str, ...]]]] = {  # these affinities do not depend on weights
        "weighted": ("affinity", ("common_neighbours", "adamic_adar", "jaccard")),
    }

    def __init__(
        self,
        graph: Graph,
        *,
        source: str,
        layout: LayoutName,
        pairs: Mapping[str, Any],
        walks: Mapping[str, Any],
        affinity: Affinity,
        beta: float | None,
        val: float,
        test: float,
        seed: int,
    ) -> None:
        super().__init__(seed=seed)
        if layout not in get_args(LayoutName):
            raise unknown("data.layout", layout, get_args(LayoutName))
        for owner, settings in (("pairs", pairs), ("walks", walks)):
            for name, value in settings.items():
                check_effect(name, value, layout == owner, f"data.layout={owner}")
        check_effect("affinity", None if affinity == "edges" else affinity, layout != "index", "other layouts")
        check_fraction("data.val", val)
        check_fraction("data.test", test)
        self.graph = graph
        self.source = source
        self.division: Division | None = None
        self.layout: Layout
        if layout == "rows":
            self.layout = RowLayout(with_affinity(graph, affinity, beta), self.split_nodes(val=val, test=test))
        else:
            division = divide(graph, val=val, test=test, hold_out=self.hold_out)
            self.division = division._replace(train=with_affinity(division.train, affinity, beta))
            self.layout = self.link_layout(
                layout, self.division, PairOptions(**given(pairs)), WalkOptions(**given(walks))
            )
        self.spec = self.layout.spec
        self.summary = self.summarize()

    def link_layout(self, layout: LayoutName, division: Division, pairs: PairOptions, walks: WalkOptions) -> Layout:
        """Return a layout of edges."""
        match layout:
            case "pairs":
                return PairLayout(division, seed=self.seed, options=pairs)
            case "walks":
                return WalkLayout(division, seed=self.seed, options=walks)
            case "edges":
                return EdgeLayout(division, seed=self.seed)
            case _:
                return IndexLayout(division, seed=self.seed)

    def split_nodes(self, *, val: float, test: float) -> dict[str, Tensor]:
        """Return the nodes of each split: those with a known class, stratified, or without classes all nodes.

        The nodes for testing do not depend on the seed. Raises UserError for too few nodes.
        """
        known = torch.arange(self.graph.num_nodes)
        classes = None
        if self.graph.classes is not None:
            known = torch.from_numpy(np.flatnonzero(self.graph.classes >= 0))
            classes = torch.from_numpy(self.graph.classes)[known]
        count = len(known)
        if count < 2 + (val > 0) + (test > 0):
            raise UserError(f"{self.source}: {count} nodes are too few for data.val={val} and data.test={test}")
        held = count_of(test, count)
        rest, tested = random_split(count, held, 0) if classes is None else stratified(classes, held, 0)
        train, chosen = self.hold_out(len(rest), count_of(val, len(rest)), None if classes is None else classes[rest])
        rows = {"train": rest[train], "val": rest[chosen], "test": tested if test else rest[train]}
        return {name: known[part] for name, part in rows.items() if len(part)}

    @property
    def preprocessing(self) -> Preprocessing:
        """The encoding of names of nodes, or the check of rows."""
        return self.layout.preprocessing

    def load(self) -> Splits:
        """Return the splits."""
        return self.layout.splits()

    def train_loader(
        self, *, batch_size: int | None = None, segment: int | None = None, buckets: bool = False
    ) -> Loader:
        """Return the shuffled training batches; most layouts have new examples in each epoch."""
        if segment is None and not buckets:
            size = self.batch_size if batch_size is None else batch_size
            loader = self.layout.train_loader(self.splits["train"], size)
            if loader is not None:
                return loader
        return super().train_loader(batch_size=batch_size, segment=segment, buckets=buckets)

    def eval_loader(self, split: str) -> Loader:
        """Return the batches of a split, which know the graph."""
        loader = super().eval_loader(split)
        loader.graph = self.graph
        return loader

    def predict_context(self) -> None:
        """Make a node the input and its neighbours the target. Raises UserError for layouts without neighbours."""
        self.layout.predict_context()
        self.spec = self.layout.spec

    def target_counts(self) -> tuple[float, ...]:
        """Return the number of times that each node is a target in training, or of each class plus 1."""
        return self.layout.target_counts() or super().target_counts()

    def titles(self, split: str) -> list[str] | None:
        """Return the names of the nodes of a split, None for examples that are no rows."""
        if not isinstance(self.layout, RowLayout):
            return None
        return [self.graph.names[node] for node in self.layout.rows[split].tolist()]

    def summarize(self) -> str:
        """Return a one-line summary of the graph and of what is held out."""
        words = [f"{self.source}: {self.graph.summary()}"]
        if self.division is None:
            assert isinstance(self.layout, RowLayout)
            sizes = {name: len(rows) for name, rows in self.layout.rows.items()}
        else:
            sizes = {name: len(edges.source) for name, edges in self.division.edges.items()}
            lost = len(self.division.train.isolated) - len(self.graph.isolated)
            if lost > 0:
                words.append(f"{lost} more {'node has' if lost == 1 else 'nodes have'} no training edge")
        unit = "nodes" if self.division is None else "edges"
        words.append(", ".join(f"{size} {name}" for name, size in sizes.items()) + f" {unit}")
        return "; ".join(words)


def given(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that are not None."""
    return {name: value for name, value in settings.items() if value is not None}


def pair_settings(negatives: int | None, negatives_from: NegativesFrom | None, power: float | None) -> dict[str, Any]:
    """Return the settings of pairs by name, see `PairOptions`."""
    return {"negatives": negatives, "negatives_from": negatives_from, "power": power}


def walk_settings(
    walks: int | None,
    length: int | None,
    p: float | None,
    q: float | None,
    window: int | None,
    random_window: bool | None,
) -> dict[str, Any]:
    """Return the settings of walks by name, see `WalkOptions`."""
    steps = {"walks": walks, "length": length, "p": p, "q": q}
    return {**steps, "window": window, "random_window": random_window}
