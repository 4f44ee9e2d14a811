"""Windows and streams of tokens against loops. Aggarwal 2.6.1 and 2.6.2."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from nnzoo.data.contexts import stream as streams
from nnzoo.data.contexts.stream import TokenStream
from nnzoo.data.contexts.windows import keep_probabilities, windows
from scipy.stats import chisquare


def sequences(n: int = 300) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(0, 50, length) for length in random.integers(0, 12, n)]


def stream_of(found: list[np.ndarray]) -> TokenStream:
    stream = TokenStream()
    for document, ids in enumerate(found):
        stream.add(ids, document)
    stream.close()
    return stream


def expected(found: list[np.ndarray], size: int) -> list[tuple[int, int, list[int], list[int]]]:
    """Return document, center, and the neighbours on the left from the nearest, then on the right, of each token."""
    rows = []
    for document, ids in enumerate(found):
        for place, center in enumerate(ids.tolist()):
            left, right = ids[max(0, place - size) : place][::-1], ids[place + 1 : place + 1 + size]
            if len(left) + len(right):
                rows.append((document, center, left.tolist(), right.tolist()))
    return rows


def blocks(stream: TokenStream) -> list[np.ndarray]:
    return [stream.block(number) for number in range(len(stream))]


@pytest.mark.parametrize("size", [1, 3, 20])
def test_windows_are_those_of_a_loop(size: int) -> None:
    (block,) = blocks(stream_of(sequences()))
    found = windows(block, size=size, keep=None, random_size=False, random=np.random.default_rng(0))
    rows = expected(sequences(), size)
    assert found.centers.tolist() == [center for _, center, *_ in rows]
    assert found.documents.tolist() == [document for document, *_ in rows]
    assert [[i for i in row if i >= 0] for row in found.contexts.tolist()] == [[*a, *b] for *_, a, b in rows]
    present = found.contexts >= 0
    assert (present[:, 1:] <= present[:, :-1]).all()


def test_random_windows_have_sizes_from_one_to_t() -> None:
    """The neighbours at a distance d are in (t - d + 1) / t of the windows."""
    stream = TokenStream.of([np.arange(16000)])
    found = windows(stream.block(0), size=4, keep=None, random_size=True, random=np.random.default_rng(0))
    distances = Counter(np.abs(found.contexts - found.centers[:, None])[found.contexts >= 0].tolist())
    assert distances.keys() == {1, 2, 3, 4}
    shares = np.array([distances[d] for d in (1, 2, 3, 4)]) / 2 / 16000
    np.testing.assert_allclose(shares, [1, 0.75, 0.5, 0.25], atol=0.02)


def test_frequent_tokens_are_left_out_before_windows_are_formed() -> None:
    ids = np.tile([0, 1], 8000)
    keep = np.array([0.0, 1.0])
    found = windows(
        TokenStream.of([ids]).block(0), size=1, keep=keep, random_size=False, random=np.random.default_rng(0)
    )
    assert (found.centers == 1).all()
    assert (found.contexts[1:-1] == 1).all()
    assert found.places.tolist() == list(range(1, 16000, 2))


def test_occurrences_are_kept_by_the_formula_of_word2vec() -> None:
    counts = np.array([8000.0, 1500.0, 500.0])
    keep = keep_probabilities(counts, 0.05)
    share = counts / counts.sum()
    np.testing.assert_allclose(keep, np.minimum(1, (np.sqrt(share / 0.05) + 1) * 0.05 / share))
    np.testing.assert_allclose(keep_probabilities(np.array([99998.0, 1, 1]), 1e-6)[1:], 0.1 + 0.1**0.5)
    ids = np.random.default_rng(1).permutation(np.repeat(np.arange(3), counts.astype(int)))
    found = windows(
        TokenStream.of([ids]).block(0), size=1, keep=keep, random_size=False, random=np.random.default_rng(2)
    )
    kept = np.bincount(found.centers, minlength=3)
    assert chisquare(kept, keep * counts * kept.sum() / (keep * counts).sum()).pvalue > 0.001
    assert kept.sum() == pytest.approx((keep * counts).sum(), rel=0.02)


def test_a_stream_has_whole_sequences_in_each_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "BLOCK", 30)
    found = [*sequences(), np.arange(70)]
    stream = stream_of(found)
    assert stream.tokens == sum(map(len, found)) == sum(stream.sizes)
    assert len(stream) > 20
    assert max(stream.sizes) <= 30
    pieces = [piece for ids in found for piece in np.split(ids, range(30, len(ids), 30)) if len(piece)]
    read: list[list[int]] = []
    for block in blocks(stream):
        assert block[-1] < 0
        ends = np.flatnonzero(block < 0)
        read += [part[part >= 0].tolist() for part in np.split(block, ends)[:-1]]
    assert read == [piece.tolist() for piece in pieces]


def test_a_long_stream_is_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(streams, "BLOCK", 30)
    in_memory = blocks(stream_of(sequences()))
    monkeypatch.setattr(streams, "IN_MEMORY", 200)
    stream = stream_of(sequences())
    assert stream.file is not None
    assert not len(stream.memory)
    for block, other in zip(blocks(stream), in_memory, strict=True):
        assert np.array_equal(block, other)


def test_no_tokens() -> None:
    stream = TokenStream.of([])
    assert (len(stream), stream.tokens) == (0, 0)
