"""Event files of TensorBoard that are written without a thread for each of them, many events at a time.

Shapes: N events, L bytes of each.
"""

import math
import os
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event, SessionLog, SourceMetadata
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import CRC_TABLE, masked_crc32c
from tensorboard.summary.writer.event_file_writer import _global_uid
from torch.utils.tensorboard.writer import FileWriter, SummaryWriter

VERSION = "brain.Event:2"  # of the format
NAME = "events.out.tfevents."  # beginning of the names of event files
MOST = 5000  # events that are held before they are written
LARGEST = float(np.finfo(np.float32).max)
FEW = 16  # events of one length up to which a loop over them is faster
TABLE = np.array(CRC_TABLE, dtype=np.uint32)


class EventWriter(SummaryWriter):
    """A TensorBoard writer without a thread, whose errors would be printed by themselves.

    first_step: the file begins with the start of a session, which hides the events of earlier files from this step on.
    """

    def __init__(self, log_dir: str, *, first_step: int = 0) -> None:
        self.log_dir = log_dir  # instead of the constructor of `SummaryWriter`, which starts the thread
        self.first_step: int | None = first_step
        self.file_writer: Any = None
        self.all_writers: Any = None

    def _get_file_writer(self) -> "BufferedFileWriter":
        """Return the writer of the file, a new one after `close`."""
        if self.file_writer is None:
            self.file_writer = BufferedFileWriter(Path(self.log_dir))
            self.all_writers = {self.log_dir: self.file_writer}
            if self.first_step is not None:  # else a file after `close`, of the same session
                start = SessionLog(status=SessionLog.START)
                self.file_writer.add_event(Event(step=self.first_step, session_log=start))
                self.first_step = None
        found: BufferedFileWriter = self.file_writer
        return found


class BufferedWriter(EventWriter):
    """A writer whose events are written together with those of other files."""

    def flush(self) -> None:
        """Do nothing: `flush_together` and `close` write the events."""


class BufferedFileWriter(FileWriter):
    """Writes events to a new file of a folder, whose name is of TensorBoard's form and the last in the folder."""

    def __init__(self, folder: Path) -> None:
        stamp = max([int(time.time()), *(1 + each for each in stamps(folder))])
        name = f"{NAME}{stamp:010d}.{socket.gethostname()}.{os.getpid()}.{_global_uid.get()}"
        self.event_writer = BufferedEvents(folder / name)
        source = SourceMetadata(writer="tensorboard.summary.writer.event_file_writer")
        self.add_event(Event(file_version=VERSION, source_metadata=source))


def stamps(folder: Path) -> list[int]:
    """Return the times in the names of event files, in seconds."""
    words = [path.name.removeprefix(NAME).partition(".")[0] for path in folder.glob(f"{NAME}*")]
    return [int(word) for word in words if word.isdecimal()]


class BufferedEvents:
    """Events of a file that `flush` writes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.events: list[bytes] = []

    def get_logdir(self) -> str:
        """Return the folder of the file."""
        return str(self.file.parent)

    def add_event(self, event: Event) -> None:
        """Hold an event until `flush`."""
        self.add([event.SerializeToString()])

    def add(self, events: Sequence[bytes]) -> None:
        """Hold serialized events until `flush`."""
        self.events += events
        if len(self.events) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Write the events."""
        flush_together([self])

    def close(self) -> None:
        """Write the events."""
        self.flush()


def flush_together(files: Sequence[BufferedEvents]) -> None:
    """Write the events of several files, whose checksums are computed together."""
    files = [each for each in files if each.events]
    written = iter(records([event for each in files for event in each.events]))
    for each in files:
        number = len(each.events)
        each.events = []
        with each.file.open("ab") as file:
            file.write(b"".join(islice(written, number)))


def scalar_events(rows: Sequence[tuple[Mapping[str, float], int]], prefix: str, wall_time: float) -> list[bytes]:
    """Return serialized events, one for each row: scalars by tag, without the prefix, and the step."""
    found = []
    forms: dict[tuple[str, ...], tuple[struct.Struct, list[bytes]]] = {}
    start = b"\x09" + struct.pack("<d", wall_time) + b"\x10"
    for values, step in rows:
        tags = tuple(values)
        if tags not in forms:
            heads = [value_head(f"{prefix}{tag}".encode()) for tag in tags]
            size = varint(sum(map(len, heads)) + 4 * len(heads))
            heads[0] = b"\x2a" + size + heads[0]
            forms[tags] = struct.Struct("<" + "".join(f"{len(head)}sf" for head in heads)), heads
        form, heads = forms[tags]
        numbers = [math.copysign(math.inf, value) if abs(value) > LARGEST else value for value in values.values()]
        scalars = form.pack(*(part for pair in zip(heads, numbers, strict=True) for part in pair))
        found.append(start + varint(step) + scalars)
    return found


def value_head(tag: bytes) -> bytes:
    """Return the beginning of a scalar of a summary, up to its number (float32)."""
    name = b"\x0a" + varint(len(tag)) + tag + b"\x15"
    return b"\x0a" + varint(len(name) + 4) + name


def varint(number: int) -> bytes:
    """Return a number >= 0 as protocol buffers write it, seven bits a byte."""
    found = bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    found.append(number)
    return bytes(found)


def records(events: Sequence[bytes]) -> list[bytes]:
    """Return events as records of a file: length, its checksum, event, its checksum."""
    checksums = masked_checksums(events)
    headers = {size: struct.pack("<Q", size) for size in {len(event) for event in events}}
    heads = {size: header + struct.pack("<I", masked_crc32c(header)) for size, header in headers.items()}
    return [
        heads[len(event)] + event + struct.pack("<I", checksum)
        for event, checksum in zip(events, checksums, strict=True)
    ]


def masked_checksums(events: Sequence[bytes]) -> list[int]:
    """Return the checksum (CRC-32C, masked as in record files) of each event."""
    found = [0] * len(events)
    places = defaultdict(list)
    for place, event in enumerate(events):
        places[len(event)].append(place)
    for size, same in places.items():
        if len(same) <= FEW:
            values = [masked_crc32c(events[place]) for place in same]
        else:
            rows = np.frombuffer(b"".join(events[place] for place in same), dtype=np.uint8).reshape(len(same), size)
            values = masked_checksums_of_rows(rows)
        for place, value in zip(same, values, strict=True):
            found[place] = value
    return found


def masked_checksums_of_rows(rows: np.ndarray) -> list[int]:
    """Return the checksums of the rows of a table of bytes (N, L), byte by byte for all rows at once."""
    crc = np.full(len(rows), 0xFFFFFFFF, dtype=np.uint32)
    for column in np.ascontiguousarray(rows.T):
        crc = TABLE[(crc ^ column) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    rotated = (crc >> 15) | (crc << 17)
    masked: list[int] = (rotated + np.uint32(0xA282EAD8)).tolist()
    return masked
