import numpy as np
import pytest
import torch
from nnzoo.data.graphs.classic import Karate, LesMiserables
from nnzoo.data.graphs.cora import EDGES as CORA
from nnzoo.data.graphs.cora import Cora
from nnzoo.data.graphs.own import OwnGraph
from nnzoo.data.images.digits import Digits
from nnzoo.data.images.factors import Faces, MovingBlob
from nnzoo.data.images.image_folder import ImageFolder
from nnzoo.data.images.mnist import MNIST
from nnzoo.data.images.moving_shapes import MovingShapes
from nnzoo.data.images.shapes import Shapes
from nnzoo.data.points.bits import ConsecutiveOnes, Parity
from nnzoo.data.points.disjunction import Disjunction
from nnzoo.data.points.manifolds import NoisyCurve, Spiral3D, SwissRoll
from nnzoo.data.points.planes import FirstGreater, Gaussians, Spirals
from nnzoo.data.points.ring import Ring
from nnzoo.data.points.textbook import Textbook
from nnzoo.data.points.waves import Wave
from nnzoo.data.ratings.movielens import FILE as U_DATA
from nnzoo.data.ratings.movielens import MovieLens
from nnzoo.data.ratings.own import OwnRatings
from nnzoo.data.ratings.toy import ToyRatings
from nnzoo.data.sequences.reber import Reber
from nnzoo.data.sequences.reverse import Reverse
from nnzoo.data.sequences.sums import Sums
from nnzoo.data.tables.array import Array
from nnzoo.data.tables.bundled import BreastCancer, Iris, Wine
from nnzoo.data.tables.ionosphere import FILE, Ionosphere
from nnzoo.data.text.conll import CoNLL2000
from nnzoo.data.text.cooccurrences import Cooccurrences
from nnzoo.data.text.corpus import Corpus
from nnzoo.data.text.language_model import CharText, WordText
from nnzoo.data.text.polarity import SentencePolarity
from nnzoo.data.text.word_counts import FILE as REUTERS
from nnzoo.data.text.word_counts import Reuters, WordCounts
from nnzoo.spec import Batch, DataSpec

from tests.support.contract import fits
from tests.support.files import write_picture


def array(tmp_path, **arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    return Array(path=str(tmp_path / "a.npz"))


def chosen(layout):
    pairs = np.argwhere(np.random.default_rng(0).random((20, 9)) < 0.5)
    return OwnRatings(source=pairs, implicit=True, layout=layout)


def pictures(tmp_path):
    for number in range(12):
        pixels = np.full((4, 5, 3), (number, 20 * number, 255), np.uint8)
        write_picture(tmp_path / "pictures" / "ab"[number % 2] / f"{number}.png", pixels)
    return ImageFolder(path=str(tmp_path / "pictures"))


def own_graph(tmp_path):
    (tmp_path / "a.edges").write_text("".join(f"a{i} a{i * i % 7}\n" for i in range(30)))
    return OwnGraph(path=str(tmp_path / "a.edges"), directed=True)


def documents(tmp_path):
    (tmp_path / "documents.txt").write_text("a b c\nb c c\n" * 9)
    return WordCounts(path=str(tmp_path / "documents.txt"))


DATA = {
    "digits": lambda tmp_path: Digits(),
    "iris": lambda tmp_path: Iris(),
    "breast_cancer": lambda tmp_path: BreastCancer(),
    "wine": lambda tmp_path: Wine(),
    "redundant": lambda tmp_path: Textbook(table="redundant"),
    "three points": lambda tmp_path: Textbook(table="three_points"),
    "sign product": lambda tmp_path: Textbook(table="sign_product"),
    "first greater": lambda tmp_path: FirstGreater(val=5),
    "gaussians": lambda tmp_path: Gaussians(outliers=0.1),
    "spirals": lambda tmp_path: Spirals(),
    "ring": lambda tmp_path: Ring(gaussians=8),
    "swiss roll": lambda tmp_path: SwissRoll(),
    "spiral in space": lambda tmp_path: Spiral3D(),
    "noisy curve": lambda tmp_path: NoisyCurve(),
    "moving blob": lambda tmp_path: MovingBlob(),
    "faces": lambda tmp_path: Faces(),
    "moving shapes": lambda tmp_path: MovingShapes(),
    "shapes": lambda tmp_path: Shapes(train=60),
    "boxes of shapes": lambda tmp_path: Shapes(train=60, target="box"),
    "masks of shapes": lambda tmp_path: Shapes(train=60, target="mask"),
    "stairs": lambda tmp_path: Wave(shape="stairs"),
    "alternating": lambda tmp_path: Wave(shape="alternating"),
    "toy ratings": lambda tmp_path: ToyRatings(),
    "rows of toy ratings": lambda tmp_path: ToyRatings(layout="rows"),
    "items of toy ratings": lambda tmp_path: ToyRatings(layout="items"),
    "index of toy ratings": lambda tmp_path: ToyRatings(layout="index"),
    "chosen pairs": lambda tmp_path: chosen("pairs"),
    "rows of chosen items": lambda tmp_path: chosen("rows"),
    "index of users with chosen items": lambda tmp_path: chosen("index"),
    "pairs of a graph": lambda tmp_path: Karate(),
    "edges of a graph": lambda tmp_path: Karate(layout="edges"),
    "walks on a graph": lambda tmp_path: Karate(layout="walks", walks=1),
    "nodes with their neighbours": lambda tmp_path: swapped(Karate(layout="walks", walks=1)),
    "nodes with one neighbour": lambda tmp_path: swapped(Karate(layout="edges")),
    "index of nodes": lambda tmp_path: Karate(layout="index", weighted=False),
    "index of nodes with weights": lambda tmp_path: Karate(layout="index"),
    "rows of a graph": lambda tmp_path: LesMiserables(layout="rows"),
    "rows of a graph with classes": lambda tmp_path: Karate(layout="rows", weighted=False),
    "own graph": own_graph,
    "disjunction": lambda tmp_path: Disjunction(),
    "digits 8x8": lambda tmp_path: Digits(size=8),
    "reber": lambda tmp_path: Reber(),
    "embedded reber": lambda tmp_path: Reber(grammar="embedded", min_length=40),
    "consecutive ones": lambda tmp_path: ConsecutiveOnes(),
    "characters": lambda tmp_path: CharText(),
    "words": lambda tmp_path: WordText(),
    "neighbours of words": lambda tmp_path: Corpus(),
    "words with their neighbours": lambda tmp_path: swapped(Corpus()),
    "documents with their words": lambda tmp_path: swapped(Corpus(documents="lines")),
    "reverse": lambda tmp_path: Reverse(train=300, val=20, test=20),
    "sums": lambda tmp_path: Sums(train=300, val=20, test=20),
    "parity": lambda tmp_path: Parity(n=20, train=40, val=10, test=10),
    "table": lambda tmp_path: array(tmp_path, x=np.eye(9), y=np.arange(9) / 7),
    "pictures": pictures,
    "word counts": documents,
    "pairs of words": lambda tmp_path: Cooccurrences(),
    "pairs of words that occur": lambda tmp_path: Cooccurrences(negatives=0),
    "index of words": lambda tmp_path: Cooccurrences(layout="index"),
    "rows of words": lambda tmp_path: Cooccurrences(layout="rows", values="pmi"),
    "bytes": lambda tmp_path: array(tmp_path, x=np.full((9, 4, 5), 255, np.uint8), y=np.arange(9) % 2),
}


def swapped(data):
    data.predict_context()
    return data


# what each needs below $NNZOO_DATA
REAL = {
    "mnist": ("MNIST", MNIST),
    "ionosphere": (FILE, Ionosphere),
    "cora": (CORA, Cora),
    "movielens": (U_DATA, MovieLens),
    "rows of movielens": (U_DATA, lambda: MovieLens(layout="rows")),
    "tiny shakespeare": ("text/tinyshakespeare.txt", lambda: CharText(path="text/tinyshakespeare.txt")),
    "conll 2000": ("text/conll2000", CoNLL2000),
    "conll 2000 with features": ("text/conll2000", lambda: CoNLL2000(features=True)),
    "reuters": (REUTERS, Reuters),
    "sentence polarity": ("text/sentence_polarity", SentencePolarity),
}


@pytest.fixture(params=[*DATA, *REAL])
def data(request, tmp_path, real, monkeypatch):
    """Every data set in turn."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if request.param in DATA:
        return DATA[request.param](tmp_path)
    needed, make = REAL[request.param]
    real(needed)
    return make()


def test_batches_fit_the_spec(data):
    fits(data.spec, next(iter(data.train_loader())))
    assert set(data.splits) == {"train", "val", "test"}
    for split in data.splits:
        fits(data.spec, next(iter(data.eval_loader(split))))


def test_fake_batches_fit_the_spec(data):
    spec = data.spec
    fits(spec, spec.fake_batch(7, torch.Generator().manual_seed(0)))
    assert DataSpec.from_dict(spec.to_dict()) == spec


VECTOR = DataSpec("binary", (2,), "classes", 2, low=0.0, high=1.0)


@pytest.mark.parametrize(
    "batch",
    [
        Batch(torch.ones(3, 3), torch.ones(3).long()),
        Batch(torch.ones(3, 2).double(), torch.ones(3).long()),
        Batch(torch.full((3, 2), 0.5), torch.ones(3).long()),
        Batch(torch.full((3, 2), 2.0), torch.ones(3).long()),
        Batch(torch.ones(3, 2), torch.ones(3)),
        Batch(torch.ones(3, 2), torch.full((3,), 2)),
        Batch(torch.ones(3, 2), torch.ones(3).long(), torch.ones(3, 2).bool()),
    ],
)
def test_fits_can_fail(batch):
    with pytest.raises(AssertionError):
        fits(VECTOR, batch)
