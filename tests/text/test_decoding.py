"""Sampling and beam search, compared with oracles that reread the whole prefix or try all continuations."""

from copy import deepcopy
from functools import cache
from itertools import product

import pytest
import torch
from nnzoo import api
from nnzoo.builders.losses import build_loss
from nnzoo.builders.networks import build_network
from nnzoo.config.compose import compose
from nnzoo.data.text.language_model import CharText, WordText
from nnzoo.errors import UserError
from nnzoo.losses.multiclass.cross_entropy import CrossEntropy
from nnzoo.losses.multiclass.hierarchical_softmax import HierarchicalSoftmax
from nnzoo.spec import DataSpec
from nnzoo.text import decoding as sampling
from nnzoo.text.decoding import beam_search, sample, sample_token

V = 4
SPEC = DataSpec("tokens", (), "next_token", V, sequence=True, per_step=True, vocabulary=tuple("abcd"))
PROMPT = torch.tensor([1, 0, 2])
LOSS = CrossEntropy()
NETS = (
    ("model=lstm", "model.hidden=5", "model.layers=2"),
    ("model=gru", "model.hidden=5"),
    ("model=scrn",),
    ("model=mlp", "model.hidden=[5]"),  # without a state: depends only on the last token
)


@cache
def nets(*overrides):
    """Return three networks whose outputs are far from uniform."""
    config = api.plain(compose(overrides))
    made = [build_network(config | {"seed": seed}, SPEC, build_loss(config, SPEC)).eval() for seed in range(3)]
    with torch.no_grad():
        for parameter in (p for net in made for p in net.parameters()):
            parameter *= 2.5
    return made


def after(net, ids):
    """Return the next-token log-probabilities, computed from all ids."""
    with torch.no_grad():
        return net(ids[None])[0, -1].double().log_softmax(-1)


def log_probabilities(net, several):
    """Return continuation -> log-probability for continuations of the same length."""
    ids = torch.cat([PROMPT.expand(len(several), -1), torch.tensor(several, dtype=torch.int64)], 1)
    with torch.no_grad():
        each = net(ids)[:, len(PROMPT) - 1 : -1].double().log_softmax(-1)
    return dict(zip(several, each.gather(2, ids[:, len(PROMPT) :, None]).sum((1, 2)).tolist(), strict=True))


def ended(added, end):
    """Return whether a continuation has the end token only at its end."""
    return end is not None and end in added and added.index(end) == len(added) - 1


def likeliest(net, steps, end):
    """Return the most likely of all continuations and its log-probability."""
    known = log_probabilities(net, [added for added in product(range(V), repeat=steps) if end not in added])
    for length in range(1, steps + 1 if end is not None else 1):
        known |= log_probabilities(net, [a for a in product(range(V), repeat=length) if ended(a, end)])
    return max(known.items(), key=lambda item: item[1])


def plain_beam_search(net, beam, steps, end):
    """Run beam search by its definition: keep the most likely prefixes, including those that have ended."""
    kept = {(): 0.0}
    for _ in range(steps):
        grown = log_probabilities(net, [(*p, token) for p in kept if not ended(p, end) for token in range(V)])
        grown |= {p: log_p for p, log_p in kept.items() if ended(p, end)}
        kept = dict(sorted(grown.items(), key=lambda item: -item[1])[:beam])
        if all(ended(p, end) for p in kept):
            break
    return next(iter(kept.items()))


@pytest.mark.parametrize("overrides", NETS, ids=lambda o: o[0])
@pytest.mark.parametrize("end", [None, 3])
def test_beam_of_all_prefixes_finds_the_most_likely_continuation(overrides, end):
    for net in nets(*overrides):
        found, log_p = beam_search(net, LOSS, PROMPT, beam=V**4, steps=4, end=end)
        best, highest = likeliest(net, 4, end)
        assert tuple(found.tolist()) == best
        assert log_p == pytest.approx(highest, abs=1e-5)


@pytest.mark.parametrize("overrides", NETS, ids=lambda o: o[0])
@pytest.mark.parametrize(("beam", "end"), [(1, None), (1, 3), (2, None), (2, 3), (3, 0)])
def test_beam_search_equals_its_definition(overrides, beam, end):
    for net in nets(*overrides):
        found, log_p = beam_search(net, LOSS, PROMPT, beam=beam, steps=5, end=end)
        best, highest = plain_beam_search(net, beam, 5, end)
        assert tuple(found.tolist()) == best
        assert log_p == pytest.approx(highest, abs=1e-5)


def test_wider_beam_finds_a_more_likely_continuation():
    several = [net for overrides in NETS for net in nets(*overrides)]
    narrow, wide = ([beam_search(net, LOSS, PROMPT, beam=b, steps=5, end=3)[1] for net in several] for b in (1, V**5))
    assert all(w >= n - 1e-5 for n, w in zip(narrow, wide, strict=True))
    assert any(w > n + 0.01 for n, w in zip(narrow, wide, strict=True))


class Scored:
    """A network whose outputs are log-probabilities."""

    def __init__(self, net, loss):
        self.net, self.loss, self.parameters = net, loss, net.parameters

    def run(self, x, mask, state):
        output, state = self.net.run(x, mask, state)
        return self.loss.scores(output), state


def test_hierarchical_softmax():
    loss, symbols = HierarchicalSoftmax(codes=("110", "0", "10", "111")), set()
    for net in nets("model=gru", "model.hidden=5", "loss=hierarchical_softmax"):
        found = beam_search(net, loss, PROMPT, beam=3, steps=5)
        expected = beam_search(Scored(net, loss), LOSS, PROMPT, beam=3, steps=5)
        assert found[0].tolist() == expected[0].tolist()
        assert found[1] == pytest.approx(expected[1])
        one, other = (
            sample(n, as_is, PROMPT, steps=40, generator=torch.Generator().manual_seed(1)).tolist()
            for n, as_is in ((net, loss), (Scored(net, loss), LOSS))
        )
        assert one == other
        symbols |= set(one)
    assert symbols == {0, 1, 2, 3}


def test_prompt_may_end_with_the_end_token():
    net = nets(*NETS[0])[0]
    found, _ = beam_search(net, LOSS, torch.tensor([1, 3]), beam=2, steps=3, end=3)
    assert len(found) > 0


@pytest.mark.parametrize("overrides", NETS, ids=lambda o: o[0])
def test_beam_of_one_and_top_k_of_one_are_greedy(overrides):
    net = nets(*overrides)[0]
    ids = PROMPT
    for _ in range(8):
        ids = torch.cat([ids, after(net, ids).argmax()[None]])
    generator = torch.Generator().manual_seed(0)
    for found in (
        beam_search(net, LOSS, PROMPT, beam=1, steps=8)[0],
        sample(net, LOSS, PROMPT, steps=8, generator=generator, top_k=1),
        sample(net, LOSS, PROMPT, steps=8, generator=generator, temperature=1e-320),
    ):
        assert torch.equal(found, ids[len(PROMPT) :])
        assert not found.requires_grad


@pytest.mark.parametrize("overrides", NETS, ids=lambda o: o[0])
def test_sampling_with_a_passed_on_state_equals_rereading_the_prefix(overrides):
    net = nets(*overrides)[0]
    sampled = sample(net, LOSS, PROMPT, steps=30, generator=torch.Generator().manual_seed(5), temperature=0.7, top_k=3)
    ids, generator = PROMPT, torch.Generator().manual_seed(5)
    for _ in range(30):
        ids = torch.cat([ids, sample_token(after(net, ids), 0.7, 3, generator)])
    assert torch.equal(sampled, ids[len(PROMPT) :])
    assert len(set(sampled.tolist())) > 1


def test_sampling_stops_at_the_end_token():
    net = nets(*NETS[0])[0]
    whole = sample(net, LOSS, PROMPT, steps=50, generator=torch.Generator().manual_seed(0)).tolist()
    end = whole[7]
    found = sample(net, LOSS, PROMPT, steps=50, generator=torch.Generator().manual_seed(0), end=end).tolist()
    assert found == whole[: whole.index(end) + 1]


@pytest.mark.parametrize(
    ("temperature", "top_k", "expected"),
    [
        (1.0, None, [0.1, 0.2, 0.3, 0.4]),
        (0.5, None, [1 / 30, 4 / 30, 9 / 30, 16 / 30]),
        (2.0, None, [p**0.5 / sum(q**0.5 for q in (0.1, 0.2, 0.3, 0.4)) for p in (0.1, 0.2, 0.3, 0.4)]),
        (1.0, 2, [0, 0, 3 / 7, 4 / 7]),
        (1.0, 4, [0.1, 0.2, 0.3, 0.4]),
        (0.5, 3, [0, 4 / 29, 9 / 29, 16 / 29]),
        (float("inf"), None, [0.25] * 4),
        (1e-9, None, [0, 0, 0, 1]),
    ],
)
@pytest.mark.parametrize("whole", [0, 1000])
def test_sampling_frequencies(temperature, top_k, expected, whole, monkeypatch):
    monkeypatch.setattr(sampling, "MAX_SORTED", whole)
    log_p = torch.tensor([0.1, 0.2, 0.3, 0.4], dtype=torch.float64).log()
    generator = torch.Generator().manual_seed(0)
    n = 4000
    counts = torch.cat([sample_token(log_p, temperature, top_k, generator) for _ in range(n)]).bincount(minlength=4)
    for count, p in zip(counts.tolist(), expected, strict=True):
        assert abs(count / n - p) <= 4 * (p * (1 - p) / n) ** 0.5


def test_as_many_tokens_as_are_sorted_need_no_cumulative_probabilities(monkeypatch):
    monkeypatch.setattr(sampling, "MAX_SORTED", 4)
    monkeypatch.setattr(torch, "searchsorted", None)
    log_p = torch.tensor([-torch.inf, 0, -1, -2, -3], dtype=torch.float64)
    assert int(sample_token(log_p, 1e-9, None, torch.Generator())) == 1


@pytest.mark.parametrize("temperature", [0.01, 1.0, float("inf")])
def test_large_vocabulary_is_sampled_without_sorting(temperature, monkeypatch):
    log_p = torch.full((5000,), float("-inf"), dtype=torch.float64)
    log_p[1::2] = -torch.arange(2500.0).sqrt()
    monkeypatch.setattr(torch.Tensor, "topk", None)
    generator = torch.Generator().manual_seed(0)
    sampled = torch.cat([sample_token(log_p, temperature, None, generator) for _ in range(500)])
    assert (sampled % 2 == 1).all()
    p = (log_p[1::2] / temperature).softmax(0)
    middle = int((p.cumsum(0) < 0.5).sum())
    below = float(p[:middle].sum())
    assert abs((sampled // 2 < middle).double().mean() - below) < 4 * 0.5 / 500**0.5


def test_small_networks_use_one_thread():
    net, num_threads = deepcopy(nets(*NETS[0])[0]), []
    run = net.run
    net.run = lambda *given: num_threads.append(torch.get_num_threads()) or run(*given)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        sample(net, LOSS, PROMPT, steps=2, generator=torch.Generator())
        beam_search(net, LOSS, PROMPT, beam=2, steps=2)
        assert set(num_threads) == {1}
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("overrides", NETS, ids=lambda o: o[0])
@pytest.mark.parametrize("exclude", [(1,), (0, 3)])
def test_excluded_ids_have_probability_0(overrides, exclude):
    """The others keep their ratios, for sampling and for beam search."""
    net = nets(*overrides)[0]
    left = torch.tensor([v for v in range(V) if v not in exclude])
    sampled = sample(net, LOSS, PROMPT, steps=30, generator=torch.Generator().manual_seed(5), exclude=exclude)
    ids, generator = PROMPT, torch.Generator().manual_seed(5)
    for _ in range(30):
        chances = after(net, ids)[left].exp()
        order = chances.argsort(descending=True)
        chosen = order[(chances / chances.sum())[order].multinomial(1, generator=generator)]
        ids = torch.cat([ids, left[chosen]])
    assert torch.equal(sampled, ids[len(PROMPT) :])

    found, log_p = beam_search(net, LOSS, PROMPT, beam=V**4, steps=4, exclude=exclude)
    chances = {}
    for several in product(left.tolist(), repeat=4):
        ids, total = PROMPT, 0.0
        for token in several:
            every = after(net, ids)
            total += float(every[token] - every[left].logsumexp(0))
            ids = torch.cat([ids, torch.tensor([token])])
        chances[several] = total
    assert tuple(found.tolist()) == max(chances, key=chances.get)
    assert log_p == pytest.approx(max(chances.values()), abs=1e-5)
    greedy = sample(net, LOSS, PROMPT, steps=5, generator=torch.Generator(), top_k=1, exclude=exclude)
    assert not set(greedy.tolist()) & set(exclude)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"temperature": 0.0}, "temperature is 0.0; it must be above 0; top_k=1 always takes the most likely"),
        ({"temperature": -1.0}, "temperature is -1.0"),
        ({"temperature": float("nan")}, "temperature is nan"),
        ({"top_k": 0}, "top_k is 0; it must be from 1 to 4, the number of tokens that can be sampled"),
        ({"top_k": 5}, "top_k is 5"),
        ({"top_k": 4, "exclude": (1,)}, "top_k is 4; it must be from 1 to 3"),
        ({"steps": 0}, "length is 0; it must be at least 1"),
        ({"prompt": PROMPT[:0]}, "the prompt is empty"),
    ],
)
def test_sample_refuses_invalid_arguments(options, reason):
    given = {"prompt": PROMPT, "steps": 3, "generator": torch.Generator()} | options
    with pytest.raises(UserError, match=reason):
        sample(deepcopy(nets(*NETS[3])[0]), LOSS, given.pop("prompt"), **given)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"beam": 0}, "beam is 0; it must be at least 1"),
        ({"steps": -1}, "length is -1"),
        ({"prompt": PROMPT[:0]}, "the prompt is empty"),
    ],
)
def test_beam_search_refuses_invalid_arguments(options, reason):
    given = {"prompt": PROMPT, "steps": 3, "beam": 2} | options
    with pytest.raises(UserError, match=reason):
        beam_search(deepcopy(nets(*NETS[3])[0]), LOSS, given.pop("prompt"), **given)


def test_diverged_network_is_refused():
    net = deepcopy(nets(*NETS[3])[0])
    with torch.no_grad():
        next(net.parameters()).fill_(float("nan"))
    with pytest.raises(UserError, match="its training has diverged"):
        sample(net, LOSS, PROMPT, steps=2, generator=torch.Generator())


# Texts


TEXT = "the cat ran.\nthe dog sat.\n" * 30


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Return runs on characters and on words of a text that has been deleted, and on data without text."""
    folder = tmp_path_factory.mktemp("texts")
    (folder / "a.txt").write_text(TEXT)
    quick = ("trainer.accelerator=cpu", "trainer.threads=1", "~callbacks.figures", "optimizer.lr=0.01")
    quick = (*quick, "callbacks.samples.length=20")
    text = (f"data.path={folder / 'a.txt'}", "loader.batch_size=4", "model.hidden=16", "trainer.max_epochs=25")
    made = {
        "chars": api.train("model=lstm", "data=char_text", *text, *quick, output_dir=folder),
        "words": api.train("model=gru", "data=word_text", *text, *quick, output_dir=folder),
        "none": api.train("model=mlp", "data=xor", "trainer.max_epochs=1", *quick, output_dir=folder),
    }
    (folder / "a.txt").unlink()
    return {name: result.directory for name, result in made.items()}


def test_sample_from_a_character_model(runs):
    text = api.sample(runs["chars"])
    assert len(text) == 400
    assert set(text) <= set(TEXT)
    assert text == api.sample(runs["chars"], seed=0) != api.sample(runs["chars"], seed=1)
    assert api.sample(runs["chars"], "the ", beam=2, length=8) in ("the cat ran.", "the dog sat.")
    assert api.sample(runs["chars"], "the d", top_k=1, length=9) == "the dog sat.\nt"
    assert len(api.sample(runs["chars"], which="last", length=3)) == 3


def test_sample_from_a_word_model(runs):
    assert api.sample(runs["words"], beam=3) in ("the cat ran.\n", "the dog sat.\n")
    assert api.sample(runs["words"], "The dog", top_k=1) == "the dog sat.\n"
    assert api.sample(runs["words"], "The dog", top_k=1, length=5) == "the dog sat.\nthe"
    sentence = api.sample(runs["words"], temperature=0.5)
    assert sentence.index("\n") == len(sentence) - 1


def test_unknown_words_are_never_sampled(runs):
    net = api.load(runs["words"])
    for temperature in (1.0, 50.0):  # nearly uniform
        assert "<unk>" not in api.sample(runs["words"], temperature=temperature, length=300)
    assert "<unk>" not in api.sample(runs["words"], beam=len(net.spec.vocabulary), length=2)


def test_prompt_is_tokenized_like_the_data(runs):
    assert api.sample(runs["words"], "a zebra", top_k=1, length=1).startswith("<unk> <unk>")
    with pytest.raises(UserError, match="'Z' at position 1 of 5 is not in the vocabulary"):
        api.sample(runs["chars"], "Zebra")


@pytest.mark.parametrize(
    ("run", "options", "reason"),
    [
        ("none", {}, "MLP does not generate; language models continue texts, and networks such as model=gan"),
        ("chars", {"beam": 2, "temperature": 0.5}, "beam=2 is a search without sampling; leave out temperature"),
        ("chars", {"beam": 2, "top_k": 2}, "leave out"),
        ("chars", {"beam": 2, "seed": 1}, "leave out"),
        ("chars", {"beam": 0}, "beam is 0"),
        ("chars", {"beam": 99999}, "beam is 99999; it must be at most 10000"),
        ("chars", {"length": 10**12}, "length is 1000000000000; it must be at most 1000000"),
        ("chars", {"seed": -1}, "seed is -1; it must be from 0 to 4294967295"),
        ("chars", {"length": 0}, "length is 0"),
        ("chars", {"which": "lats"}, "unknown checkpoint 'lats'; did you mean 'last'"),
    ],
)
def test_sample_refuses_invalid_requests(runs, run, options, reason):
    with pytest.raises(UserError, match=reason) as caught:
        api.sample(runs[run], **options)
    assert "\n" not in str(caught.value)


def test_run_has_the_vocabulary_of_the_data(runs):
    for name, kind in (("chars", CharText), ("words", WordText)):
        config = api.load(runs[name]).config["data"]
        assert config["_target_"].endswith(kind.__name__)
