import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.spec import Batch
from nnzoo.tasks.stream import Stream


def loader() -> Loader:
    return Loader(Batch(torch.arange(20.0)[:, None], torch.arange(20)), batch_size=3, shuffle=True, seed=1)


def taken(stream: Stream, steps: int) -> list[list[int]]:
    found = []
    for batch in stream.take():
        found.append(batch.y.tolist())
        if len(found) == steps:
            break
    return found


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100])
def test_batches_do_not_depend_on_slices(steps: int) -> None:
    stream = Stream(loader())
    for epoch in range(3):
        stream.start(epoch)
        found = [batch for each in stream for batch in taken(each, steps)]
        assert found == [batch.y.tolist() for batch in loader().epoch(epoch)]
        assert stream.finished
        assert stream.done == stream.steps == 7


def test_resumes_from_its_state() -> None:
    stream = Stream(loader())
    stream.start(2)
    taken(stream, 3)
    resumed = Stream(loader())
    resumed.load_state_dict(stream.state_dict())
    resumed.start(2)
    assert taken(resumed, 100) == taken(stream, 100) != []
    assert stream.state_dict() == {"epoch": 3, "done": 0}  # of the next batch


def test_limit_and_overfit() -> None:
    limited = Stream(loader(), limit=2)
    assert limited.steps == 2
    assert taken(limited, 100) == [batch.y.tolist() for batch in loader().epoch(0)][:2]
    over = Stream(loader(), overfit=2)
    first = taken(over, 100)
    over.start(1)
    assert taken(over, 100) == first
    assert Stream(loader(), limit=100).steps == 7


def test_length_is_known_only_for_one_batch() -> None:
    assert len(Stream(loader(), limit=1)) == 1
    with pytest.raises(TypeError, match="known when they are done"):
        len(Stream(loader()))
