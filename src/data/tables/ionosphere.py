"""Radar returns from the ionosphere, which show structure or do not.

Source: Sigillito, Wing, Hutton and Baker (1989), UCI repository; Aggarwal, exercises 4.3 and 4.4. Shapes: N examples.
"""

import hashlib

import numpy as np
import torch

from ...errors import UserError
from ...spec import Batch, DataSpec
from ..base import Data, Splits
from ..folders import data_file
from ..holdout import check_fraction, train_test_split
from ..subset import check_train, with_fewer_training_examples

TEST = 0.2  # there is no official split; this one is the same for every seed
FILE = "ionosphere.csv"
SHA256 = "fd6dd7864b55d56dac0a1e6e24af9ccc35bf2555ac79af8ab9f3d1daa065ab83"  # with LF line endings
LABELS = ("bad", "good")


class Ionosphere(Data):
    """351 radar returns, good or bad, with 34 features in [-1, 1], one of them constant; 20 % are the test set.

    root: folder with ionosphere.csv, else $NNZOO_DATA, else the cache; val: fraction of the training set held out by
    `seed`; train: number of the remaining training examples to use, chosen by `seed`, null for all. Raises UserError
    for values out of range and for a file that is missing or damaged.
    """

    def __init__(
        self,
        *,
        root: str | None = None,
        train: int | None = None,
        val: float = 0.1,
        seed: int = 0,
    ) -> None:
        super().__init__(seed=seed)
        check_fraction("val", val)
        check_train(train)
        self.root = root
        self.train = train
        self.val = val
        self.spec = DataSpec("real", (34,), "classes", len(LABELS), low=-1.0, high=1.0, labels=LABELS)

    def load(self) -> Splits:
        """Read and split the examples, and reduce the training set to `train` examples."""
        rest, test = train_test_split(self.read(), TEST, 0)
        splits: Splits = {**self.hold_out_validation(rest, self.val), "test": test}
        return with_fewer_training_examples(splits, self.train, seed=self.seed, val=self.val, fold=self.take_fold())

    def read(self) -> Batch:
        """Return all examples: float32 (N, 34) and int64 (N,)."""
        path = data_file(self.root, FILE, "ionosphere.data of the UCI repository, under this name,")
        lines = path.read_bytes().split()
        if hashlib.sha256(b"\n".join(lines)).hexdigest() != SHA256:
            raise UserError(f"{path} is not the original file (wrong SHA-256 checksum of its lines); download it again")
        cells = np.array([line.decode().split(",") for line in lines])
        return Batch(
            torch.from_numpy(cells[:, :-1].astype(np.float32)), torch.from_numpy((cells[:, -1] == "g").astype(np.int64))
        )
