"""Word vectors of texts without labels help where few sentences have labels (Aggarwal 7.2.2)."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from nnzoo import api
from nnzoo.builders.tasks import build_task
from nnzoo.config.compose import compose
from nnzoo.data.text.polarity import SentencePolarity

SIZE, WORDS, WINDOW = 64, 3000, 5


def write_vectors(path: Path, sentences: list[list[str]]) -> None:
    """Factor log p(v, w) / (p(v) p(w)), where it is positive, for the commonest words near each other."""
    ids = {w: i for i, (w, _) in enumerate(Counter(w for words in sentences for w in words).most_common(WORDS))}
    counts = torch.zeros(WORDS, WORDS)
    for words in sentences:
        places = torch.tensor([ids[w] for w in words if w in ids])
        for apart in range(1, min(WINDOW, len(places) - 1) + 1):
            counts.index_put_((places[:-apart], places[apart:]), torch.tensor(1 / apart), accumulate=True)
    counts += counts.t().clone()
    often = counts.sum(1)
    u, s, _ = torch.svd_lowrank((counts * often.sum() / torch.outer(often, often)).clamp(min=1).log(), SIZE)
    vectors = u * s.sqrt()
    rows = (vectors / vectors.std()).tolist()
    path.write_text("".join(f"{w} {' '.join(f'{x:.4f}' for x in rows[i])}\n" for w, i in ids.items()))


def error(data: SentencePolarity, seed: int, *settings: str) -> float:
    """Return the share of wrong test sentences after eight passes over the training sentences."""
    config = api.plain(compose(["data=sentence_polarity", "model=lstm", f"model.embedding={SIZE}", *settings]))
    config["seed"], config["optimizer"]["lr"] = seed, 0.003
    torch.manual_seed(seed)
    task = build_task(config, data)
    (optimizer,), _ = task.configure_optimizers()
    for epoch in range(8):
        for batch in data.train_loader(buckets=True).epoch(epoch):
            task.update(batch, optimizer)
    task.net.eval()
    with torch.no_grad():
        wrong = [task.head.predict(task.net(b.x, b.mask)) != b.y for b in data.eval_loader("test")]
    return torch.cat(wrong).float().mean().item()


@pytest.mark.slow
def test_vectors_of_unlabelled_sentences_help_few_labelled_ones(
    real: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """960 labelled sentences, 9596 without labels for the vectors; none of the test sentences."""
    root = real("text/sentence_polarity").parents[1]
    data = SentencePolarity(root=str(root), val=0.9, min_count=1)
    known = torch.cat([data.parts["train"], data.parts["val"]]).tolist()
    write_vectors(tmp_path / "vectors.txt", [data.words[i] for i in known])
    vectors = f"vectors={tmp_path / 'vectors.txt'}"
    gains = torch.tensor([error(data, seed) - error(data, seed, vectors) for seed in range(3)])
    assert gains.min() > 0
    assert gains.mean() > 0.02
