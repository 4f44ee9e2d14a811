"""Event files that are written many events at a time, as TensorBoard reads and writes them."""

import os

from nnzoo.callbacks.buffered_events import BufferedEvents, masked_checksums
from nnzoo.callbacks.writers import add_scalars
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from torch.utils.tensorboard import SummaryWriter


def test_checksums_are_those_of_tensorboard():
    events = [os.urandom(size) for size in [5] * 40 + [7] * 3 + [5] * 2 + [0]]
    assert masked_checksums(events) == [masked_crc32c(event) for event in events]


def test_tensorboard_reads_the_events(tmp_path):
    writer = SummaryWriter(str(tmp_path))
    add_scalars(writer, {"a": 0.5}, 1)
    BufferedEvents.replace(writer)
    for step in range(2, 300):
        add_scalars(writer, {"a": step / 2, "b": -step}, step)
    writer.close()
    (file,) = tmp_path.iterdir()
    assert "tfevents" in file.name
    read = EventAccumulator(str(tmp_path), {"scalars": 0}).Reload()
    assert [(event.step, event.value) for event in read.Scalars("a")] == [(step, step / 2) for step in range(1, 300)]
    assert [event.value for event in read.Scalars("b")] == [-step for step in range(2, 300)]


def test_replacing_twice_keeps_the_events(tmp_path):
    writer = SummaryWriter(str(tmp_path))
    BufferedEvents.replace(writer)
    add_scalars(writer, {"a": 1.0}, 1)
    BufferedEvents.replace(writer)
    writer.flush()
    assert [event.value for event in EventAccumulator(str(tmp_path)).Reload().Scalars("a")] == [1.0]
