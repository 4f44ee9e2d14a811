import pytest
import torch
from nnzoo.data.loader import Loader
from nnzoo.spec import Batch
from nnzoo.tasks.batch_cursor import BatchCursor


def loader() -> Loader:
    return Loader(Batch(torch.arange(20.0)[:, None], torch.arange(20)), batch_size=3, shuffle=True, seed=1)


def consume(cursor: BatchCursor, steps: int) -> list[list[int]]:
    found = []
    for (batch,) in cursor.consume():
        found.append(batch.y.tolist())
        if len(found) == steps:
            break
    return found


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100])
def test_batches_do_not_depend_on_slices(steps: int) -> None:
    cursor = BatchCursor(loader())
    for epoch in range(3):
        cursor.start_epoch(epoch)
        found = [batch for each in cursor for batch in consume(each, steps)]
        assert found == [batch.y.tolist() for batch in loader().epoch(epoch)]
        assert cursor.finished
        assert cursor.steps_done == cursor.steps_in_epoch == 7


def test_resumes_from_its_state() -> None:
    cursor = BatchCursor(loader())
    cursor.start_epoch(2)
    consume(cursor, 3)
    resumed = BatchCursor(loader())
    resumed.load_state_dict(cursor.state_dict())
    resumed.start_epoch(2)
    assert consume(resumed, 100) == consume(cursor, 100) != []
    assert cursor.state_dict() == {"epoch": 3, "done": 0}  # of the next batch


def test_limit_and_overfit() -> None:
    limited = BatchCursor(loader(), limit=2)
    assert limited.steps_in_epoch == 2
    assert consume(limited, 100) == [batch.y.tolist() for batch in loader().epoch(0)][:2]
    overfitted = BatchCursor(loader(), overfit=2)
    first = consume(overfitted, 100)
    overfitted.start_epoch(1)
    assert consume(overfitted, 100) == first
    assert BatchCursor(loader(), limit=100).steps_in_epoch == 7


def test_length_is_known_only_for_one_batch() -> None:
    assert len(BatchCursor(loader(), limit=1)) == 1
    with pytest.raises(TypeError, match="number of slices is not known in advance"):
        len(BatchCursor(loader()))
