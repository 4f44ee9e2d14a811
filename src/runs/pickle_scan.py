"""What is checked of the pickle in a checkpoint before it is unpickled: its operations, in one pass without objects.

A byte of a pickle can make an object of 64 bytes, and a few bytes make a tuple whose hash takes forever: t = (t, t),
repeated.
"""

import re
from typing import Final

MAX_OPERATIONS = 1 << 22  # names of two million tokens fit
MAX_CALLS = 1 << 17  # of functions that build tensors and the like
MAX_DEPTH = 64  # of nested tuples
SHARED = 4  # values in a tuple for each operation so far; more are repetitions
ALLOWED = re.compile(  # others allocate, such as UntypedStorage(10**12)
    rb"collections OrderedDict|torch (?!Untyped|Typed)\w+Storage|torch\._utils _rebuild_(tensor_v2|parameter)"
    rb"|torch (Size|device|bool|\w+\d)"
)

OTHERS = "more than tensors and plain data"

Size = tuple[int, int]  # of a value: number of values in it, and how often tuples are nested in it
PLAIN: Final[Size] = (1, 0)

VALUES = {b"N": 0, b"\x88": 0, b"\x89": 0, b"]": 0, b"}": 0, b"J": 4, b"K": 1, b"M": 2, b"G": 8}
LENGTHS = {b"X": 4, b"\x8a": 1}  # of texts and large integers
TUPLES = {b")": 0, b"\x85": 1, b"\x86": 2, b"\x87": 3}
TAKEN = {b"a": 1, b"s": 2, b"b": 1}  # values that are put into a container, which stays
READS, WRITES = {b"h": 1, b"j": 4}, {b"q": 1, b"r": 4}  # of the memo


class Refused(Exception):
    """A pickle that holds more than tensors and plain data, or too much; the message is the reason."""


class Scanner:
    """Counts the operations of a pickle. Raises Refused; IndexError and KeyError if the pickle is damaged."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.place = 0
        self.operations = 0
        self.calls = 0
        self.stack: list[Size | None] = []  # None is a mark
        self.memo: dict[int, Size | None] = {}

    def run(self) -> int:
        """Return the number of operations."""
        while (operation := self.read(1)) != b".":
            self.operations += 1
            if self.operations > MAX_OPERATIONS:
                raise Refused(f"more than {MAX_OPERATIONS} values")
            self.execute(operation)
        return self.operations

    def read(self, count: int) -> bytes:
        """Return the next bytes. Raises IndexError at the end."""
        found = self.content[self.place : self.place + count]
        if len(found) < count:
            raise IndexError("truncated")
        self.place += count
        return found

    def execute(self, operation: bytes) -> None:
        """Execute an operation on the sizes of values."""
        stack = self.stack
        if operation in VALUES:
            self.place += VALUES[operation]
            stack.append(PLAIN)
        elif operation in WRITES:
            self.memo[int.from_bytes(self.read(WRITES[operation]), "little")] = stack[-1]
        elif operation in READS:
            stack.append(self.memo[int.from_bytes(self.read(READS[operation]), "little")])
        elif operation in LENGTHS:
            length = int.from_bytes(self.read(LENGTHS[operation]), "little")
            self.place += length
            stack.append(PLAIN)
        elif operation in TUPLES:
            count = TUPLES[operation]
            stack.append(self.tuple_of([stack.pop() for _ in range(count)]))
        elif operation == b"(":
            stack.append(None)
        elif operation == b"t":
            stack.append(self.tuple_of(self.pop_mark()))
        elif operation in (b"e", b"u"):
            self.pop_mark()
        elif operation in TAKEN:
            del stack[-TAKEN[operation] :]
        elif operation == b"Q":
            stack[-1] = PLAIN
        elif operation == b"R":
            self.call()
        elif operation == b"c":
            self.name()
        elif operation == b"\x80":
            self.place += 1
        else:
            raise Refused(OTHERS)

    def pop_mark(self) -> list[Size | None]:
        """Remove and return what lies above the last mark."""
        found: list[Size | None] = []
        while (value := self.stack.pop()) is not None:
            found.append(value)
        return found

    def tuple_of(self, parts: list[Size | None]) -> Size:
        """Return the size of a tuple. Raises Refused if it repeats its parts too often or is nested too deeply."""
        sizes = [part for part in parts if part is not None]
        size = 1 + sum(size for size, _ in sizes)
        depth = 1 + max((depth for _, depth in sizes), default=0)
        if depth > MAX_DEPTH or size > SHARED * self.operations:
            raise Refused(
                "values that repeat each other" if depth <= MAX_DEPTH else "tuples that are nested too deeply"
            )
        return size, depth

    def call(self) -> None:
        """Replace a function and its arguments by the result."""
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise Refused(f"more than {MAX_CALLS} tensors")
        self.stack.pop()
        self.stack[-1] = PLAIN

    def name(self) -> None:
        """Read the name of a function or class. Raises Refused if it is not one of tensors or plain data."""
        end = self.content.index(b"\n", self.content.index(b"\n", self.place) + 1)
        if not ALLOWED.fullmatch(self.content[self.place : end].replace(b"\n", b" ")):
            raise Refused(OTHERS)
        self.place = end + 1
        self.stack.append(PLAIN)
