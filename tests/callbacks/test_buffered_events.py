"""Event files that are written many events at a time, as TensorBoard reads and writes them."""

import math
import os
import struct
import time
from pathlib import Path
from types import ModuleType

import pytest
from nnzoo.callbacks import buffered_events
from nnzoo.callbacks.buffered_events import (
    LARGEST,
    BufferedEvents,
    BufferedWriter,
    EventWriter,
    flush_together,
    masked_checksums,
    scalar_events,
)
from nnzoo.callbacks.writers import add_scalars
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c
from tensorboard.summary.writer.event_file_writer import EventFileWriter


def test_checksums_are_those_of_tensorboard():
    events = [os.urandom(size) for size in [5] * 40 + [7] * 3 + [5] * 2 + [0]]
    assert masked_checksums(events) == [masked_crc32c(event) for event in events]


def test_tensorboard_reads_the_events(tmp_path):
    writer = BufferedWriter(str(tmp_path))
    for step in range(1, 300):
        add_scalars(writer, {"a": step / 2, "b": -step}, step)
    writer.flush()
    assert not [*tmp_path.iterdir()]
    writer.close()
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("events.out.tfevents.")
    read = EventAccumulator(str(tmp_path), {"scalars": 0}).Reload()
    assert [(event.step, event.value) for event in read.Scalars("a")] == [(step, step / 2) for step in range(1, 300)]
    assert [event.value for event in read.Scalars("b")] == [-step for step in range(1, 300)]


def test_files_written_together(tmp_path):
    folders = [tmp_path / str(number) for number in range(3)]
    for folder in folders:
        folder.mkdir()
    writers = [BufferedWriter(str(folder)) for folder in folders]
    for number, writer in enumerate(writers):
        for step in range(1, 4 + number):
            add_scalars(writer, {"a": number + step}, step)
    flush_together([writer._get_file_writer().event_writer for writer in writers])
    for number, folder in enumerate(folders):
        read = EventAccumulator(str(folder)).Reload()
        assert [event.value for event in read.Scalars("a")] == [number + step for step in range(1, 4 + number)]


@pytest.mark.parametrize("reader", [event_accumulator, plugin_event_accumulator])
@pytest.mark.parametrize("lost", [0, 1, 30])
def test_a_resumed_run_hides_later_events(tmp_path: Path, reader: ModuleType, lost: int) -> None:
    """Also in the same second, and if the killed process has not written its last record completely."""
    live = reader.EventAccumulator(str(tmp_path))
    for first_step in (0, 1, 3, 4, 4):  # 1: resumed in the first epoch
        writer = EventWriter(str(tmp_path), first_step=first_step)
        if not first_step:
            writer.add_text("config", "model: mlp")
        for step in range(first_step, 6):
            add_scalars(writer, {"a": step}, step)
        writer.close()
        newest = max(tmp_path.iterdir())
        newest.write_bytes(newest.read_bytes()[: -lost or None])
        live.Reload()
    for read in (live, reader.EventAccumulator(str(tmp_path)).Reload()):
        scalars = read.Scalars if reader is event_accumulator else read.Tensors
        assert [event.step for event in scalars("a")] == list(range(5 if lost else 6))
        assert [event.step for event in read.Tensors("config/text_summary")] == [0]


def test_a_writer_that_goes_on_after_closing_hides_nothing(tmp_path: Path) -> None:
    writer = EventWriter(str(tmp_path))
    for step in range(3):
        add_scalars(writer, {"a": step}, step)
        writer.close()
    assert len([*tmp_path.iterdir()]) == 3
    read = EventAccumulator(str(tmp_path)).Reload()
    assert [event.step for event in read.Scalars("a")] == [0, 1, 2]


@pytest.mark.parametrize("step", [1, 127, 128, 70_000])
def test_serialized_scalars_are_those_of_protocol_buffers(step):
    values = {"train/loss": 0.1, "e" * 200: 3.0, "nan": math.nan, "large": 1e39, "small": -1e-50}
    (found,) = scalar_events([(values, step)], "curves/", 12.5)
    numbers = {tag: struct.unpack("<f", struct.pack("<f", value))[0] for tag, value in values.items() if tag != "large"}
    summary = Summary(
        value=[Summary.Value(tag=f"curves/{tag}", simple_value=numbers.get(tag, math.inf)) for tag in values]
    )
    assert found == Event(wall_time=12.5, step=step, summary=summary).SerializeToString()


def test_name_is_after_those_of_all_files_in_the_folder(tmp_path: Path) -> None:
    for stamp in ("9999999999", "7", "abc"):
        (tmp_path / f"events.out.tfevents.{stamp}.host.1.0").touch()
    BufferedWriter(str(tmp_path))._get_file_writer().close()
    (new,) = tmp_path.glob("events.out.tfevents.1*")
    assert new.name.startswith("events.out.tfevents.10000000000.")
    empty = tmp_path / "empty"
    empty.mkdir()
    start = int(time.time())
    BufferedWriter(str(empty))._get_file_writer().close()
    (new,) = empty.iterdir()
    assert start <= int(new.name.split(".")[3]) <= time.time()


def test_first_event_is_that_of_tensorboard(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
    writer = EventWriter(str(ours))._get_file_writer()
    assert writer.get_logdir() == str(ours)
    writer.close()
    EventFileWriter(str(theirs)).close()
    first, second = (list(EventFileLoader(str(next(folder.iterdir()))).Load()) for folder in (ours, theirs))
    for event in (first[0], second[0]):
        event.wall_time = 0
    assert first[0] == second[0]
    assert [(event.step, event.session_log.status) for event in first[1:]] == [(0, SessionLog.START)]


def test_events_are_held_until_there_are_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffered_events, "MOST", 3)
    file = tmp_path / "file"
    held = BufferedEvents(file)
    held.flush()
    held.add([b"one"])
    held.add([b"two"])
    assert not file.exists()
    held.add([b"three"])
    size = 3 * 16 + len("onetwothree")  # eight bytes of length and two checksums of four bytes each
    assert file.stat().st_size == size
    held.add([b"four"])
    assert file.stat().st_size == size
    held.close()
    assert file.stat().st_size == size + 20


def test_largest_number_stays_finite():
    values = [LARGEST, -LARGEST, 2 * LARGEST, -2 * LARGEST]
    (found,) = scalar_events([({str(k): value for k, value in enumerate(values)}, 1)], "", 0.0)
    read = [value.simple_value for value in Event.FromString(found).summary.value]
    assert read == [LARGEST, -LARGEST, math.inf, -math.inf]
