"""Event files of TensorBoard that are written without a thread for each of them, many events at a time.

Shapes: N events, L bytes of each.
"""

import struct
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import CRC_TABLE, masked_crc32c
from torch.utils.tensorboard import SummaryWriter

MOST = 5000  # events that are held before they are written
FEW = 16  # events of one length up to which a loop over them is faster
TABLE = np.array(CRC_TABLE, dtype=np.uint32)


class BufferedEvents:
    """Takes the place of an event writer of TensorBoard, whose file it extends; events are written by `flush`."""

    def __init__(self, folder: Path, file: Path) -> None:
        self.folder = folder
        self.file = file
        self.events: list[bytes] = []

    @classmethod
    def replace(cls, writer: SummaryWriter) -> None:
        """Let a writer write into its file directly. The thread of its event writer ends."""
        inner = writer._get_file_writer()
        events = inner.event_writer
        if not isinstance(events, cls):
            events.close()
            inner.event_writer = cls(Path(events.get_logdir()), Path(events._file_name))

    def get_logdir(self) -> str:
        """Return the folder of the file."""
        return str(self.folder)

    def add_event(self, event: Event) -> None:
        """Hold an event until `flush`."""
        self.events.append(event.SerializeToString())
        if len(self.events) >= MOST:
            self.flush()

    def flush(self) -> None:
        """Write the events."""
        if self.events:
            events, self.events = self.events, []
            with self.file.open("ab") as file:
                file.write(b"".join(records(events)))

    def close(self) -> None:
        """Write the events."""
        self.flush()


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
