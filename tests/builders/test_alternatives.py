import pytest
from nnzoo import api
from nnzoo.builders.alternatives import compatible_models
from nnzoo.builders.data import build_data
from nnzoo.config.compose import compose
from nnzoo.errors import UserError

from tests.support.built import built


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["model=lenet5", "data=reber"],
            "model 'lenet5' takes images; the data gives onehot sequence of 7 a step, varying steps -> multilabel(7) a "
            "step; use one of ar, bgru, ",
        ),
        (["model=lenet5", "data=xor"], ", or data=image_folder"),
        (
            ["model=lenet5", "data=digits", "head=reconstruction"],
            "takes classes; the target of the data is input; use o",
        ),
        (
            ["model=lstm", "data=toy_ratings"],
            "model 'lstm' takes sequences or tokens; the data gives ids of 3 x 6 -> real(1); use "
            "model=matrix_factorization, or data=series or data=word_text",
        ),
        (
            ["model=matrix_factorization", "data=iris"],
            "model 'matrix_factorization' takes ids; the data gives real vector of 4 -> classes(3); use one of ada",
        ),
        (["model=matrix_factorization", "data=iris"], " ..., or data=ratings"),
        (["model=seq2seq", "data=toy_ratings"], "use model=matrix_factorization, or data=reverse"),
        (["model=mlp", "data=toy_ratings"], "use model=matrix_factorization, or data.layout=rows"),
        (["model=matrix_factorization", "data=toy_ratings", "data.layout=rows"], ", or data.layout=pairs"),
        (["model=autoencoder", "data=toy_ratings"], "reconstructed; data.layout=rows gives rows of ratings"),
        (["model=lenet5", "data=digits", "transforms=whiten"], "-> classes(10) after transforms=whiten; use one of "),
        (
            ["model=mlp", "data=digits", "transforms=[whiten,shift]"],
            "; the data gives real vector of 784 -> classes(10), after transforms=whiten",
        ),
        (
            ["model=mlp", "data=sines", "head=samples"],
            "; the target of the data is none; use head=reconstruction, or one of autoencoder, ",
        ),
        (
            ["model=gan", "data=iris", "head=classification", "~task", "~loss"],
            "model 'gan' takes none; the target of the data is classes; use head=samples, or one of adaline, ",
        ),
        (
            ["model=gan", "data=ring", "~task"],
            "the default task takes classes or real or multilabel or next_token or input or sequence or context or "
            "counts or signed_counts or class_map or class_box; the target of "
            "the data is none; task=... chooses another",
        ),
    ],
)
def test_messages_name_alternatives(overrides, message):
    with pytest.raises(UserError) as caught:
        built(*overrides)
    assert message in str(caught.value)


@pytest.mark.parametrize("data", ["xor", "digits", "toy_ratings"])
def test_named_alternatives_can_be_built(data):
    spec = build_data(api.plain(compose(["model=mlp", f"data={data}"]))).spec.without_target()
    for name in compatible_models(spec):
        built(f"model={name}", f"data={data}")
    assert bool(compatible_models(spec)) == (data != "toy_ratings")
