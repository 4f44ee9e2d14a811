"""The experiment files, and the basis of their claims."""

from collections import Counter, defaultdict

import pytest
from nnzoo.config.inventory import options
from nnzoo.data.sequences.reber import REBER, Reber
from nnzoo.experiments import intervals
from nnzoo.experiments.claims import read_claim
from nnzoo.experiments.fingerprint import arms, composed
from nnzoo.experiments.report import all_results, page, read_result

from tests.support.paths import ROOT

NAMES = list(options("experiment"))
ZM = "zaki_meira"


def test_experiments_exist():
    assert len(NAMES) >= 7


@pytest.mark.parametrize("name", NAMES)
def test_composes(name):
    claim = read_claim(name)
    assert claim.title
    assert claim.source
    for overrides in arms(name, claim.arms, claim.initial_weights).values():
        config = composed(overrides)
        assert config["choices"]["experiment"] == name


class TestPage:
    """The page of results; here, since the tests above have composed the configs that it needs."""

    def test_the_committed_page_is_the_generated_one(self, monkeypatch):
        monkeypatch.chdir(ROOT)
        assert (ROOT / "docs" / "RESULTS.md").read_text() == page(all_results()), "run nnzoo report"

    @pytest.mark.parametrize("name", NAMES)
    def test_every_experiment_has_row_and_section(self, name):
        text = (ROOT / "docs" / "RESULTS.md").read_text()
        assert f"\n| [{name}](#{name.replace('/', '')}) | " in text
        assert f"\n## {name}\n" in text
        for sentence in read_claim(name).deviations:
            assert f"\n- {sentence}\n" in text


@pytest.mark.parametrize(
    ("name", "model", "settings"),
    [
        (f"{ZM}/rnn_reber", {"hidden": 4, "activation": "tanh"}, (400, 1.0, 10000)),
        (f"{ZM}/mlp_reber", {"hidden": [4]}, (400, 1.0, 10000)),
        (f"{ZM}/lenet5_mnist", {"activation": "relu"}, (1000, 0.2, 15)),
        (f"{ZM}/mlp_mnist", {"hidden": [120, 84], "activation": "relu"}, (1000, 0.5, 15)),
    ],
)
def test_settings_are_the_published_ones(name, model, settings):
    config = composed([f"experiment={name}"])
    assert model.items() <= config["model"].items()
    found = config["loader"]["batch_size"], config["optimizer"]["lr"], config["trainer"]["max_epochs"]
    assert found == settings
    assert config["optimizer"]["_target_"] == "torch.optim.SGD"
    assert config["optimizer"]["momentum"] == config["optimizer"]["weight_decay"] == 0
    assert config["data"]["val"] == 0


@pytest.mark.parametrize("name", [f"{ZM}/rnn_reber", f"{ZM}/mlp_reber"])
def test_strings_are_the_published_ones(name):
    data = composed([f"experiment={name}"])["data"]
    assert (data["grammar"], data["train"], data["test"], data["min_length"]) == ("reber", 400, 100, 30)


def test_both_sides_of_the_figure_are_the_two_experiments():
    claim = read_claim(f"{ZM}/cnn_vs_mlp_mnist")
    sides = arms(f"{ZM}/cnn_vs_mlp_mnist", claim.arms)
    for arm, alone in (("CNN", ("lenet5_mnist", "init=he")), ("MLP", ("mlp_mnist",))):
        side, other = composed(sides[arm]), composed([f"experiment={ZM}/{alone[0]}", *alone[1:]])
        for key in ("model", "init", "optimizer", "loss", "trainer"):
            assert side[key] == other[key], (arm, key)
        assert side["data"] == other["data"] | {"validate_on": "test"}


def without_memory(seed):
    """Return mistakes per string, for training and test strings, of the best guess from the current symbol."""
    strings = Reber(val=0, seed=seed).strings()
    following = defaultdict(Counter)
    for string in strings["train"]:
        for symbol, after in zip(string, REBER.next_symbols(string), strict=True):
            following[symbol][after] += 1
    guess = {symbol: counts.most_common(1)[0][0] for symbol, counts in following.items()}

    def mistakes(split):
        pairs = [pair for s in strings[split] for pair in zip(s, REBER.next_symbols(s), strict=True)]
        return sum(guess[symbol] != after for symbol, after in pairs) / len(strings[split])

    return mistakes("train"), mistakes("test")


def test_published_mistakes_are_those_of_the_best_network_without_memory():
    measures = {m.metric: m for m in read_claim(f"{ZM}/mlp_reber").measures}
    seeds = [without_memory(seed) for seed in range(5)]
    for k, split in enumerate(("train", "test")):
        low, high = intervals.of_one_run([pair[k] for pair in seeds])
        assert low < measures[f"{split}/mistakes"].published < high


def test_our_networks_make_exactly_these_mistakes(monkeypatch, request):
    monkeypatch.chdir(request.config.rootpath)
    runs = read_result(f"{ZM}/mlp_reber").found.runs
    assert runs  # the result is committed
    for run in runs:
        ours = run.metrics["train/last"]["mistakes"], run.metrics["test/last"]["mistakes"]
        assert ours == pytest.approx(without_memory(run.seed)), (run.arm, run.seed)
