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


def test_steps_of_several_batches() -> None:
    """Seven batches in steps of three: the last step has one."""
    cursor, batches = BatchCursor(loader(), accumulate=3), [batch.y.tolist() for batch in loader().epoch(0)]
    assert cursor.steps_in_epoch == 3
    taken = [[batch.y.tolist() for batch in step] for step in cursor.consume()]
    assert taken == [batches[:3], batches[3:6], batches[6:]]
    resumed = BatchCursor(loader(), accumulate=3)
    resumed.load_state_dict({"epoch": 0, "done": 1})
    assert [batch.y.tolist() for batch in resumed.peek()] == batches[3:]
    assert [len(step) for step in resumed.consume()] == [3, 1]
    assert resumed.state_dict() == {"epoch": 1, "done": 0}


@pytest.mark.parametrize("limit", [None, 2])
@pytest.mark.parametrize("most", [1, 2, 3, 100])
def test_blocks_are_the_batches_joined(most: int, limit: int | None) -> None:
    cursor, examples = BatchCursor(loader(), limit=limit), []
    while not cursor.finished:
        before = cursor.steps_done
        block, steps = cursor.next_block(most)
        assert cursor.steps_done - before == steps <= most
        assert len(block.y) in (3 * steps, 3 * steps - 1)  # the last batch has two
        examples += block.y.tolist()
    expected = [example for batch in loader().epoch(0) for example in batch.y.tolist()]
    assert examples == expected[: 3 * limit if limit else None]


def test_blocks_after_a_resumption() -> None:
    cursor = BatchCursor(loader())
    cursor.load_state_dict({"epoch": 1, "done": 4})
    block, steps = cursor.next_block(100)
    expected = [example for batch in [*loader().epoch(1)][4:] for example in batch.y.tolist()]
    assert (block.y.tolist(), steps) == (expected, 3)
