"""Sequences of token ids that may be larger than memory.

Shapes: T tokens of a block with the numbers that end its sequences.
"""

import tempfile
import weakref
from array import array
from collections.abc import Iterable
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 14  # tokens that are read together
IN_MEMORY = 1 << 24  # tokens; more are written to a temporary file

Ids = NDArray[np.int32]


class TokenStream:
    """Sequences of token ids in blocks of up to 16 384 tokens, in memory or, if there are many, in a temporary file.

    A block has whole sequences; a longer sequence is divided. In a block, -1 - the number of its document follows each
    sequence. sizes: number of tokens of each block; tokens: number of all tokens. Call `close` after the last sequence.
    """

    def __init__(self) -> None:
        self.ends = array("q", [0])  # positions at which the blocks end
        self.sizes = array("q")
        self.tokens = 0
        self.memory: Ids = np.empty(0, np.int32)
        self.file: IO[bytes] | None = None
        self._pieces: list[Ids] = []  # blocks that are not yet in `memory` or `file`
        self._waiting: list[Ids] = []  # sequences of the current block
        self._count = 0

    @classmethod
    def of(cls, sequences: Iterable[NDArray[np.integer]]) -> Self:
        """Return the stream of sequences that are not in documents."""
        stream = cls()
        for sequence in sequences:
            stream.add(sequence)
        stream.close()
        return stream

    def __len__(self) -> int:
        return len(self.sizes)

    def block(self, number: int) -> Ids:
        """Return a block: sequences of ids, with a negative number after each, (T,)."""
        first, last = self.ends[number], self.ends[number + 1]
        if self.file is None:
            return self.memory[first:last]
        self.file.seek(first * 4)
        return np.frombuffer(self.file.read((last - first) * 4), np.int32)

    def add(self, sequence: NDArray[np.integer], document: int = 0) -> None:
        """Add a sequence of a document: to the current block, or to a new one if it does not fit."""
        for begin in range(0, len(sequence), BLOCK):
            part = sequence[begin : begin + BLOCK].astype(np.int32)
            if self._count + len(part) > BLOCK:
                self._close_block()
            self._waiting += [part, np.array([-1 - document], np.int32)]
            self._count += len(part)

    def close(self) -> None:
        """End the last block."""
        self._close_block()
        if self.file is None:
            self.memory = np.concatenate([self.memory, *self._pieces])
            self._pieces = []
        else:
            self.file.flush()

    def _close_block(self) -> None:
        """End the current block."""
        if not self._count:
            return
        block = np.concatenate(self._waiting)
        self.tokens += self._count
        self.ends.append(self.ends[-1] + len(block))
        self.sizes.append(self._count)
        self._waiting, self._count = [], 0
        self._pieces.append(block)
        if self.file is None and self.tokens > IN_MEMORY:
            self.file = tempfile.TemporaryFile(prefix="nnzoo-")  # noqa: SIM115
            weakref.finalize(self, self.file.close)
        if self.file is not None:
            self.file.writelines(piece.tobytes() for piece in self._pieces)
            self._pieces = []
