import json
from dataclasses import replace
from pathlib import Path

import pytest
from nnzoo.config.inventory import options
from nnzoo.errors import UserError
from nnzoo.experiments import report
from nnzoo.experiments.claims import Comparison, read_claim
from nnzoo.experiments.fingerprint import fingerprint
from nnzoo.experiments.report import duration, page, read_result, write_report
from nnzoo.experiments.results import result_file

from tests.support.paths import ROOT

MLP, CURVES = "mmds/consecutive_ones_mlp", "zaki_meira/cnn_vs_mlp_mnist"


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result_file("x").parent.mkdir(parents=True)


def write(name, runs, **settings):
    plain = {
        "seconds": 150.0,
        "config": fingerprint(name, read_claim(name).arms),
        "environments": [{"torch": "9.9", "threads": 1, "commit": "abc"}],
        "runs": runs,
    }
    result_file(name).write_text(json.dumps(plain | settings))


def run(errors, seed, **settings):
    metrics = {"test/last": {"errors": errors}, "train/last": {"errors": errors}}
    return {"arm": "", "seed": seed, "status": "done", "seconds": 1.0, "metrics": metrics, **settings}


def row(name):
    """The first row of an experiment, as column -> cell."""
    cells = next(r for r in page([read_result(name)]).splitlines() if r.startswith(f"| [{name}]"))
    return dict(zip(report.COLUMNS, [c.strip() for c in cells.split("|")[1:-1]], strict=True))


@pytest.mark.usefixtures("elsewhere")
class TestPage:
    def test_not_run(self):
        cells = row(MLP)
        assert cells["verdict"] == "not run"
        assert cells["published"] == "0"
        assert (cells["ours"], cells["time"], cells["seeds"]) == ("", "", "0 of 10")
        assert cells["command"] == f"`nnzoo reproduce {MLP}`"
        assert "Not run yet." in page([read_result(MLP)])

    def test_reproduced(self):
        write(MLP, [run(0, seed) for seed in range(10)])
        cells = row(MLP)
        assert cells["verdict"] == "**holds**"
        assert (cells["ours"], cells["95 %"]) == ("10 of 10 seeds", "72% to 100%")
        assert (cells["seeds"], cells["time"]) == ("10", "10 s")
        text = page([read_result(MLP)])
        assert "- test/errors, by seed: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0" in text
        assert "CPU, 1 thread, torch 9.9, commit abc; settings" in text
        assert "stale**" not in text

    def test_unfinished_with_spread_and_a_seed_that_diverged(self):
        write(MLP, [run(0, 0), run(4, 1), run(0, 2), run(0, 3, status="diverged", message="nan", metrics={})])
        cells = row(MLP)
        assert cells["verdict"] == "*unfinished*"
        assert (cells["ours"], cells["seeds"]) == ("2 of 4 seeds: 1.333 ± 2.3 (0 to 4)", "4 of 10")
        assert "- seed 3 diverged: nan" in page([read_result(MLP)])

    def test_seeds_of_several_environments(self):
        versions = [{"torch": "9.9", "threads": 1, "commit": "abc"}, {"torch": "9.9", "threads": 2, "commit": "abd"}]
        write(MLP, [run(0, seed, environment=int(seed > 2)) for seed in range(5)], environments=versions)
        text = page([read_result(MLP)])
        assert "seeds 0 to 2: CPU, 1 thread, torch 9.9, commit abc; seeds 3 to 4: CPU, 2 threads, torch 9.9" in text

    def test_stale(self):
        write(MLP, [run(0, seed) for seed in range(10)], config="0" * 16)
        assert row(MLP)["verdict"] == "**holds**, stale"
        assert "**Stale**" in page([read_result(MLP)])

    def test_stale_where_the_claim_is_about_something_else_now(self):
        write(MLP, [run(0, 0, metrics={"test/last": {"acc": 1.0}})])
        assert row(MLP)["verdict"] == "stale"

    def test_curves(self, monkeypatch):
        runs = [
            run(0, seed, arm=arm, curve=curve)
            for seed in (0, 1)
            for arm, curve in (("CNN", [5.0, 4.0]), ("MLP", [6.0, 4.0]))
        ]
        write(CURVES, runs)
        assert row(CURVES)["ours"] == "0 of 2 seeds: 1"
        assert row(CURVES)["verdict"] == "*unfinished*"
        monkeypatch.setattr(report, "options_in", lambda folder, group: [CURVES])
        path = write_report()
        assert path == Path("docs/RESULTS.md")
        picture = "images/zaki_meira__cnn_vs_mlp_mnist.png"
        assert f"({picture})" in path.read_text()
        for drawn in (picture, "images/results/zaki_meira__cnn_vs_mlp_mnist.png"):
            assert (path.parent / drawn).read_bytes().startswith(b"\x89PNG")

    def test_comparisons(self, monkeypatch):
        above = Comparison("test/errors", lower="CNN", upper="MLP")
        claim = replace(read_claim(CURVES), curves=None, comparisons=[above], seeds=2)
        monkeypatch.setattr(report, "read_claim", lambda name: claim)
        errors = {"CNN": (3, 5), "MLP": (7, 9)}
        write(CURVES, [run(errors[arm][seed], seed, arm=arm) for arm in errors for seed in (0, 1)])
        cells = row(CURVES)
        assert (cells["metric"], cells["published"], cells["ours"]) == ("test/errors, MLP minus CNN", "> 0", "4")
        assert (cells["verdict"], cells["95 %"]) == ("**holds**", "")
        text = page([read_result(CURVES)])
        assert "\n- test/errors, CNN: 4 ± 1.4 (3 to 5); by seed: 3, 5\n" in text

    def test_folder_that_cannot_be_written(self):
        write(MLP, [run(0, 0)])
        figures = Path("docs", "images", "results")
        figures.parent.mkdir(parents=True)
        figures.touch()
        with pytest.raises(UserError, match=f"cannot write {figures}"):
            write_report()

    def test_twice_the_same(self):
        write(MLP, [run(0, 0), run(4, 1)])
        assert page([read_result(MLP)]) == page([read_result(MLP)])


def test_durations():
    assert [duration(s) for s in (0.4, 99, 101, 5999, 7200)] == ["0 s", "99 s", "2 min", "100 min", "2.0 h"]


def test_committed_results_are_of_known_experiments(monkeypatch):
    monkeypatch.chdir(ROOT)
    files = set(Path("outputs/results").glob("*.json"))
    assert files
    assert files <= {result_file(name) for name in options("experiment")}
