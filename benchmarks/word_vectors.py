"""Skip-gram with negative sampling against gensim, which the extra `bench` installs: words a second and quality.

Both read the same words: gensim from a file, by its fastest way; ours from ids in memory. Each seed is a turn of all
sides. Quality: accuracy of analogies, and Spearman's correlation with human similarities (WordSim-353).
"""

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from nnzoo.data.text.corpus import Corpus
from nnzoo.errors import UserError
from nnzoo.files.text import find_text_file
from nnzoo.text.analogies import answer, read_questions
from nnzoo.text.named_vectors import NamedVectors
from nnzoo.text.word_pairs import compare, read_pairs

from training import Case, EpochTimes, prepared, trained

EPOCHS, SEEDS = 10, 5
AIM = 1.0  # words a second of gensim with two workers, in those of ours
TEXTS = {"Brown corpus": "text/brown.txt", "tiny Shakespeare": "text/tinyshakespeare.txt"}


class Turn(NamedTuple):
    """Words a second, and quality."""

    rate: float
    analogies: float
    similarity: float


def measured(name: str, path: str) -> dict[str, Any]:
    """Return means and standard deviations over seeds of all sides. Raises UserError without the text."""
    file = find_text_file(path, None)
    sides: dict[str, list[Turn]] = {"gensim_1": [], "gensim_2": [], "ours": []}
    for seed in range(SEEDS):
        case = case_of(file, seed)
        data, threads = prepared(case)
        assert isinstance(data, Corpus)
        for workers in (1, 2):
            sides[f"gensim_{workers}"].append(gensim(data, workers, seed))
        sides["ours"].append(ours(case, data))
    found: dict[str, Any] = {"case": name, "threads": threads, "seeds": SEEDS, "target": AIM}
    for side, turns in sides.items():
        found[f"{side}_rate"] = statistics.median(turn.rate for turn in turns)
        for what in ("analogies", "similarity"):
            values = [getattr(turn, what) for turn in turns]
            found[f"{side}_{what}"] = statistics.mean(values)
            found[f"{side}_{what}_sd"] = statistics.stdev(values) if len(values) > 1 else 0.0
    pairs = zip(sides["gensim_2"], sides["ours"], strict=True)
    return found | {"ratio": statistics.median(theirs.rate / ours.rate for theirs, ours in pairs)}


def case_of(file: Path, seed: int) -> Case:
    """Return the training of ours: all but a hundredth of the lines."""
    data = ("data=corpus", f"data.path={file}", "data.val=0", "data.test=0.01")
    return Case("skip-gram", ("model=skip_gram", *data, f"seed={seed}"), epochs=EPOCHS - 1, target=AIM)


def training_lines(data: Corpus) -> Iterator[str]:
    """Yield the training lines as words and blanks."""
    yield from (" ".join(words) for split, _, words in data.read() if split == "train")


def gensim(data: Corpus, workers: int, seed: int) -> Turn:
    """Return what gensim does with a number of workers."""
    from gensim.models import Word2Vec

    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder, "lines.txt")
        lines.write_text("\n".join(training_lines(data)))
        model = Word2Vec(
            vector_size=100, window=5, min_count=5, sg=1, negative=5, sample=1e-3, workers=workers, seed=seed
        )
        model.build_vocab(corpus_file=str(lines))
        count = sum(len(line.split()) for line in lines.open())
        start = time.perf_counter()
        model.train(corpus_file=str(lines), total_words=count, epochs=EPOCHS)
        seconds = time.perf_counter() - start
    return turn(EPOCHS * count / seconds, model.wv.index_to_key, model.wv.vectors)


def ours(case: Case, data: Corpus) -> Turn:
    """Return what ours does, with all logging and checkpoints of a run."""
    times = EpochTimes()
    _, task = trained(case, data, times)
    count = sum(len(line.split()) for line in training_lines(data))
    seconds = times.marks[-1] - times.marks[0]
    with torch.no_grad():
        return turn(EPOCHS * count / seconds, data.spec.vocabulary, task.net.model.vectors().numpy())  # type: ignore


def turn(rate: float, names: Any, vectors: np.ndarray[Any, Any]) -> Turn:
    """Return a rate with the quality of vectors."""
    named = NamedVectors(tuple(names), torch.tensor(vectors))
    questions = read_questions(find_text_file("text/questions-words.txt", None))
    pairs = read_pairs(find_text_file("text/wordsim353.tsv", None))
    return Turn(rate, answer(named, questions).accuracy(), compare(named, pairs).correlation)


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the results, as they come; nothing without gensim or a text."""
    if importlib.util.find_spec("gensim") is None:
        print("gensim is not installed; word vectors are not compared with it")
        return
    for name, path in TEXTS.items():
        try:
            yield measured(name, path)
        except UserError as missing:
            print(f"{name}: {missing}")


if __name__ == "__main__":
    for row in all_cases():
        print(row)
