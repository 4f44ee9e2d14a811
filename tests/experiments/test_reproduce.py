import json

import nnzoo.api
import pytest
from nnzoo.errors import UserError
from nnzoo.experiments import reproduce as module
from nnzoo.experiments.claims import Claim, Comparison, Curves, Measure, Run
from nnzoo.experiments.reproduce import column, describe_run, number_of_seeds, reproduce, result_file
from nnzoo.training.result import Result

from tests.support.commands import exit_code

NAME = "mmds/consecutive_ones_mlp"
ENVIRONMENT = {"torch": "1", "threads": 2, "command": ["nnzoo", "reproduce"], "platform": "somewhere"}


@pytest.fixture(autouse=True)
def temporary_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def runs_end_as(tmp_path, monkeypatch):
    """Return a function that replaces training by given outcomes, and records the overrides."""
    (tmp_path / "env.json").write_text(json.dumps(ENVIRONMENT))

    def stub(*outcomes):
        left, given = iter(outcomes), []

        def train(*overrides):
            given.append(list(overrides))
            outcome = next(left)
            if isinstance(outcome, BaseException):
                raise outcome
            return outcome

        monkeypatch.setattr(nnzoo.api, "train", train)
        return given

    return stub


def done(tmp_path, errors=0.0):
    return Result(tmp_path, "done", {"test/last": {"errors": errors}})


def written():
    return json.loads(result_file(NAME).read_text())


def test_real_run(capsys):
    assert exit_code("reproduce", NAME, "seeds=2") == 0
    found = written()
    assert found["verdict"] == "reproduced"
    assert [run["seed"] for run in found["runs"]] == [0, 1]
    assert found["measures"][0]["values"] == [0.0, 0.0]
    assert set(found["runs"][0]["metrics"]) >= {"train/last", "test/last"}
    assert {"commit", "torch", "threads"} <= set(found["environment"])
    out = capsys.readouterr().out
    assert out.count(f"{NAME} seed ") == 2
    assert f"{NAME}: reproduced; " in out


class TestContinue:
    @pytest.fixture(autouse=True)
    def here(self, monkeypatch):
        self.environment = ENVIRONMENT | {"commit": "abc"}
        monkeypatch.setattr(module, "environment", lambda: self.environment | {"threads": 8})

    def begin(self, tmp_path, runs_end_as, seeds):
        given = runs_end_as(*[done(tmp_path)] * seeds, done(tmp_path, errors=3), *[done(tmp_path)] * 9)
        (tmp_path / "env.json").write_text(json.dumps(self.environment))
        reproduce(NAME, str(seeds))
        given.clear()
        return given

    def test_continues_after_finished_seeds(self, tmp_path, runs_end_as, capsys):
        given = self.begin(tmp_path, runs_end_as, 2)
        reproduce(NAME, "4")
        assert given == [[f"experiment={NAME}", f"seed={seed}"] for seed in (2, 3)]
        assert [run["seed"] for run in written()["runs"]] == [0, 1, 2, 3]
        assert written()["measures"][0]["values"] == [0, 0, 3, 0]
        assert written()["environment"] == {"torch": "1", "threads": 2, "commit": "abc"}
        assert f"{NAME}: continuing after 2 of 4 seeds" in capsys.readouterr().out

    def test_finished_result_is_run_again(self, tmp_path, runs_end_as):
        given = self.begin(tmp_path, runs_end_as, 2)
        reproduce(NAME, "2")
        assert len(given) == 2

    @pytest.mark.parametrize("change", [{"torch": "2"}, {"commit": "abd"}, {"commit": "abc+"}, {"commit": None}])
    def test_runs_of_another_version_are_dropped(self, tmp_path, runs_end_as, change):
        given = self.begin(tmp_path, runs_end_as, 2)
        self.environment |= change
        reproduce(NAME, "3")
        assert len(given) == 3

    def test_runs_of_uncommitted_source_are_dropped(self, tmp_path, runs_end_as):
        self.environment |= {"commit": "abc+"}
        given = self.begin(tmp_path, runs_end_as, 2)
        reproduce(NAME, "3")
        assert len(given) == 3

    def test_runs_of_other_settings_are_dropped(self, tmp_path, runs_end_as, monkeypatch):
        given = self.begin(tmp_path, runs_end_as, 2)
        monkeypatch.setattr(module, "fingerprint", lambda name, claim: "0" * 16)
        reproduce(NAME, "3")
        assert len(given) == 3


def test_seeds_and_overrides(tmp_path, runs_end_as):
    given = runs_end_as(*[done(tmp_path)] * 5)
    assert reproduce(NAME, None) == 0
    assert given == [[f"experiment={NAME}", f"seed={seed}"] for seed in range(5)]
    assert written()["environment"] == {"torch": "1", "threads": 2}


def test_one_missed_seed(tmp_path, runs_end_as, capsys):
    runs_end_as(done(tmp_path), done(tmp_path, errors=2))
    assert reproduce(NAME, "2") == 1
    assert written()["verdict"] == "missed"
    assert written()["measures"][0] | {"sd": None} == {
        "metric": "test/errors",
        "arm": "",
        "published": "0",
        "values": [0, 2],
        "mean": 1,
        "sd": None,
        "min": 0,
        "max": 2,
        "right": 1,
        "verdict": "missed",
    }
    assert f"{NAME} seed 1: test/errors 2 (" in capsys.readouterr().out


def test_seeds_that_diverge_or_fail_are_recorded(tmp_path, runs_end_as, capsys):
    runs_end_as(done(tmp_path), Result(tmp_path, "diverged", message="nan"), RuntimeError("broken"))
    assert reproduce(NAME, "3") == 1
    found = written()
    assert [(run["status"], run["message"]) for run in found["runs"]] == [
        ("done", ""),
        ("diverged", "nan"),
        ("failed", "RuntimeError: broken"),
    ]
    assert found["verdict"] == "missed"
    assert "seed 1: diverged: nan\n" in capsys.readouterr().out


def test_user_errors_are_raised(runs_end_as):
    runs_end_as(UserError("no data"))
    with pytest.raises(UserError, match="no data"):
        reproduce(NAME, None)
    assert not result_file(NAME).exists()


def test_interruption_keeps_finished_seeds(tmp_path, runs_end_as):
    runs_end_as(done(tmp_path), Result(tmp_path, "interrupted", signal=15))
    with pytest.raises(KeyboardInterrupt):
        reproduce(NAME, None)
    assert [run["seed"] for run in json.loads(result_file(NAME).read_text())["runs"]] == [0]


def test_all_runs_by_cost_and_continues_after_errors(monkeypatch, capsys):
    order = []

    def rerun(name, count):
        order.append((name, count))
        if len(order) == 1:
            raise UserError("no data")
        return "missed" if len(order) == fails else "reproduced"

    monkeypatch.setattr(module, "rerun", rerun)
    fails = 0
    assert reproduce("all", "2") == 1  # the first could not be run
    assert f"{order[0][0]}: not run: no data" in capsys.readouterr().out
    costs = [module.COSTS.index(module.read_claim(name).cost) for name, _ in order]
    assert costs == sorted(costs)
    assert len({name for name, _ in order}) == len(order) >= 7
    assert {count for _, count in order} == {2}


def test_exit_code_of_all(monkeypatch):
    monkeypatch.setattr(module, "rerun", lambda name, count: "better")
    assert reproduce("all", None) == 0
    monkeypatch.setattr(module, "rerun", lambda name, count: "missed" if name == NAME else "better")
    assert reproduce("all", None) == 1


def test_unknown_name():
    with pytest.raises(
        UserError, match="unknown experiment 'zaki_meira/rnn_rebber'; did you mean 'zaki_meira/rnn_reber'"
    ):
        reproduce("zaki_meira/rnn_rebber", None)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_number_of_seeds(text):
    assert number_of_seeds("3") == 3
    with pytest.raises(UserError, match=f"seeds is '{text}'"):
        number_of_seeds(text)


def test_column_of_metrics(tmp_path):
    (tmp_path / "metrics.csv").write_text("epoch,step,val/errors\n0,,7.0\n1,,5.0\n")
    assert column(tmp_path, "val/errors") == [7, 5]
    with pytest.raises(UserError, match="'val/error'; did you mean 'val/errors'"):
        column(tmp_path, "val/error")


def test_describe_run():
    measures = [Measure("test/errors", 0, "equals"), Measure("test/acc", 1, "equals", arm="b")]
    claim = Claim(
        "t", "s", "seconds", [], measures=measures, curves=Curves("val/errors", "a", "b"), arms={"a": [], "b": []}
    )
    run = Run("a", 3, "done", 12.3, {"test/last": {"errors": 4.0, "acc": 0.5}}, [7.0, 5.0])
    assert describe_run(claim, run) == "seed 3 a: test/errors 4, val/errors 7 5 (12 s)"
    above = [Comparison("test/acc", "a", "b"), Comparison("test/acc", "a", "c"), Comparison("test/acc", "b", "c")]
    claim = Claim("t", "s", "seconds", [], comparisons=above, arms={"a": [], "b": [], "c": []})
    assert describe_run(claim, run) == "seed 3 a: test/acc 0.5 (12 s)"
