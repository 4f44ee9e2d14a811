import json
from multiprocessing import Pipe

import nnzoo.api
import pytest
from nnzoo.errors import UserError
from nnzoo.experiments import progress
from nnzoo.experiments import reproduce as module
from nnzoo.experiments import runs as runs_module
from nnzoo.experiments.claims import Claim, Comparison, Curves, Measure, Run, read_claim
from nnzoo.experiments.fingerprint import arms
from nnzoo.experiments.reproduce import describe_run, more_seeds, positive, reproduce
from nnzoo.experiments.results import read_found, result_file, unfinished_file
from nnzoo.experiments.runs import column
from nnzoo.experiments.verdicts import judge
from nnzoo.runs.signals import Interrupted
from nnzoo.training.result import Result

from tests.support.commands import exit_code

NAME = "mmds/consecutive_ones_mlp"
GATES = "mmds/consecutive_ones_gates"
ENVIRONMENT = {"torch": "1", "threads": 2, "command": ["nnzoo", "reproduce"], "platform": "somewhere"}


@pytest.fixture(autouse=True)
def temporary_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    """Runs are trained in this process, if the number of workers is not given."""
    monkeypatch.setattr(module, "available_cores", lambda: 1)


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


def written(name=NAME):
    return json.loads(result_file(name).read_text())


@pytest.mark.slow
def test_real_runs_in_two_processes(capsys):
    assert exit_code("reproduce", GATES, "workers=2") == 0
    assert not list(unfinished_file(GATES).parent.iterdir())
    found = written(GATES)
    assert [(run["seed"], run["arm"]) for run in found["runs"]] == [(0, "five bits"), (0, "six bits")]
    assert {"commit", "torch", "threads"} <= set(found["environments"][0])
    job = runs_module.Job("six bits", 0, [*arms(GATES, read_claim(GATES).arms)["six bits"], "seed=0"])
    same = runs_module.train(job)  # in this process
    assert found["runs"][1]["metrics"]["test/last"] == pytest.approx(same.run.metrics["test/last"])
    out = capsys.readouterr().out
    assert out.count(f"{GATES} seed 0 ") == 2
    assert f"{GATES}: as documented; " in out


def test_a_real_run_in_another_process(tmp_path):
    overrides = arms(GATES, read_claim(GATES).arms)["six bits"]
    job = runs_module.Job("six bits", 0, [*overrides, "seed=0"])
    with runs_module.pool(1, tmp_path / "log") as (child,):
        child.send(job)
        found = runs_module.answer(child, job)
        child.send(runs_module.Job("", 0, ["seeed=0"]))
        with pytest.raises(UserError, match=r"^unknown key 'seeed'"):
            runs_module.answer(child, job)
    same = runs_module.train(job)  # in this process
    assert (found.run.arm, found.run.seed) == ("six bits", 0)
    assert found.run.metrics["test/last"] == pytest.approx(same.run.metrics["test/last"])
    assert {"commit", "torch", "threads"} <= set(found.environment)


class InThisProcess:
    """Stands for a worker process."""

    def __init__(self, module, *, log, environment):
        self.connection, self.other = Pipe()
        log.touch()

    def send(self, job):
        self.other.send((runs_module.ANSWER, runs_module.train(job)))

    def receive(self):
        return self.connection.recv()

    def close(self):
        self.connection.close()


def test_every_job_goes_to_an_idle_process(tmp_path, runs_end_as, monkeypatch):
    given = runs_end_as(*[done(tmp_path, errors) for errors in range(5)])
    started = []
    monkeypatch.setattr(
        runs_module, "Child", lambda *args, **settings: started.append(1) or InThisProcess(*args, **settings)
    )
    jobs = [runs_module.Job("", seed, [f"seed={seed}"]) for seed in range(5)]
    found = list(runs_module.train_all(jobs, 2, tmp_path / "log"))
    assert len(started) == 2
    assert given == [job.overrides for job in jobs]
    assert {(each.run.seed, each.run.metrics["test/last"]["errors"]) for each in found} == {(n, n) for n in range(5)}
    assert not (tmp_path / "log").exists()


def test_two_seeds_do_not_decide(tmp_path, runs_end_as, capsys):
    runs_end_as(done(tmp_path), done(tmp_path))
    assert exit_code("reproduce", NAME, "seeds=2") == 1
    out = capsys.readouterr().out
    assert (
        f"{NAME}: test/errors: published 0; ours 2 of 2 seeds (95 %: 34% to 100%): undecided (documented: holds)" in out
    )
    assert f"{NAME}: not as documented; " in out


class TestWorkers:
    def test_order_of_seeds_and_continuation(self, monkeypatch):
        """Seeds that ended before an earlier one are not kept."""
        order = iter([1, 0, 3])

        def train_all(jobs, workers, log):
            assert workers == 3
            for seed in order:
                yield trained(seed, errors=seed)
            raise KeyboardInterrupt

        monkeypatch.setattr(module, "train_all", train_all)
        with pytest.raises(KeyboardInterrupt):
            reproduce(NAME, "4", "3")
        monkeypatch.setattr(
            module, "train_all", lambda jobs, *_: [trained(job.seed, errors=7) for job in reversed(jobs)]
        )
        reproduce(NAME, "4", "3")
        assert written()["measures"][0]["values"] == [0, 1, 7, 7]

    def test_dead_worker_and_user_error(self, tmp_path):
        class Connected:
            def __init__(self, message):
                self.message = message

            def receive(self):
                if self.message is None:
                    raise EOFError
                return self.message

            def death(self, name):
                return f"{name} was killed by SIGKILL"

        job = runs_module.Job("", 3, ["experiment=x", "seed=3"])
        with pytest.raises(UserError, match="experiment=x seed=3: the worker process was killed by SIGKILL"):
            runs_module.answer(Connected(None), job)
        with pytest.raises(UserError, match="no data"):
            runs_module.answer(Connected((runs_module.ERROR, "no data")), job)


def trained(seed, errors):
    metrics = {"train/last": {"errors": errors}, "test/last": {"errors": errors}}
    return runs_module.Trained(Run("", seed, "done", 1.0, metrics), {"torch": "1"})


class TestContinue:
    @pytest.fixture(autouse=True)
    def here(self, monkeypatch):
        self.environment = ENVIRONMENT | {"commit": "abc"}
        monkeypatch.setattr(module, "environment", lambda: self.environment | {"threads": 8})

    def begin(self, tmp_path, runs_end_as, seeds, asked):
        """Run some seeds of those asked for; the next run ends with three errors."""
        runs_end_as(*[done(tmp_path)] * seeds, Result(tmp_path, "interrupted", signal=15))
        (tmp_path / "env.json").write_text(json.dumps(self.environment))
        if seeds < asked:
            with pytest.raises(Interrupted):
                reproduce(NAME, str(asked))
        else:
            reproduce(NAME, str(asked))
        return runs_end_as(done(tmp_path, errors=3), *[done(tmp_path)] * 10)

    def test_interrupted_one_continues_after_finished_seeds(self, tmp_path, runs_end_as, capsys):
        given = self.begin(tmp_path, runs_end_as, 2, 4)
        assert f"{NAME}: interrupted; the same command continues with seed 2" in capsys.readouterr().out
        reproduce(NAME, "4")
        assert given == [[f"experiment={NAME}", f"seed={seed}"] for seed in (2, 3)]
        assert [run["seed"] for run in written()["runs"]] == [0, 1, 2, 3]
        assert written()["measures"][0]["values"] == [0, 0, 3, 0]
        assert written()["environments"] == [{"torch": "1", "threads": 2, "commit": "abc"}]
        assert f"{NAME}: continuing after 2 of 4 seeds\n" in capsys.readouterr().out

    def test_seeds_are_added_to_a_finished_result(self, tmp_path, runs_end_as):
        given = self.begin(tmp_path, runs_end_as, 10, 10)
        reproduce(NAME, "12")
        assert [overrides[-1] for overrides in given] == ["seed=10", "seed=11"]
        assert len(written()["runs"]) == 12

    def test_finished_result_is_made_again(self, tmp_path, runs_end_as):
        given = self.begin(tmp_path, runs_end_as, 10, 10)
        reproduce(NAME, None)
        assert [overrides[-1] for overrides in given] == [f"seed={seed}" for seed in range(10)]

    def test_an_interrupted_repetition_leaves_the_result(self, tmp_path, runs_end_as):
        self.begin(tmp_path, runs_end_as, 10, 10)
        before = result_file(NAME).read_bytes()
        runs_end_as(done(tmp_path, errors=3), Result(tmp_path, "interrupted", signal=15))
        with pytest.raises(Interrupted):
            reproduce(NAME, None)
        assert result_file(NAME).read_bytes() == before
        given = runs_end_as(*[done(tmp_path)] * 10)
        reproduce(NAME, None)
        assert [overrides[-1] for overrides in given] == [f"seed={seed}" for seed in range(1, 10)]
        assert written()["measures"][0]["values"] == [3, *[0] * 9]

    def test_result_with_more_seeds_than_asked_for_is_made_again(self, tmp_path, runs_end_as):
        given = self.begin(tmp_path, runs_end_as, 3, 3)
        reproduce(NAME, "2")
        assert len(given) == 2

    def test_runs_of_another_version_stay_with_a_note(self, tmp_path, runs_end_as, capsys):
        given = self.begin(tmp_path, runs_end_as, 2, 3)
        self.environment |= {"commit": "abd"}
        (tmp_path / "env.json").write_text(json.dumps(self.environment))
        reproduce(NAME, "3")
        assert len(given) == 1
        assert "continuing after 2 of 3 seeds; made with commit abc, now abd\n" in capsys.readouterr().out
        assert [run["environment"] for run in written()["runs"]] == [0, 0, 1]
        assert [each["commit"] for each in written()["environments"]] == ["abc", "abd"]

    def test_runs_of_other_settings_are_dropped_with_a_note(self, tmp_path, runs_end_as, monkeypatch, capsys):
        given = self.begin(tmp_path, runs_end_as, 2, 3)
        monkeypatch.setattr(module, "fingerprint", lambda *_: "0" * 16)
        reproduce(NAME, "3")
        assert len(given) == 3
        assert "the settings differ from those of the earlier runs; starting with seed 0" in capsys.readouterr().out


class TestInitialWeights:
    """An arm begins with the weights of another one's run with the same seed."""

    @pytest.fixture(autouse=True)
    def claim(self, monkeypatch):
        claim = Claim(
            "t",
            "s",
            "seconds",
            [],
            seeds=2,
            comparisons=[Comparison("test/errors", "again", "scratch")],
            arms={"first": ["trainer.max_epochs=2"], "again": ["trainer.max_epochs=0"], "scratch": []},
            initial_weights={"again": "first"},
        )
        monkeypatch.setattr(module, "read_claim", lambda _: claim)

    def test_overrides(self, tmp_path, runs_end_as):
        folders = [tmp_path / name for name in ("a=1", "b", "c", "d e", "f", "g")]
        for folder in folders:
            folder.mkdir()
            (folder / "env.json").write_text(json.dumps(ENVIRONMENT))
        given = runs_end_as(*map(done, folders))
        reproduce(NAME, None)
        weights = [[each for each in overrides if each.startswith("weights=")] for overrides in given]
        assert weights == [[], [f"weights='{folders[0]}'"], [], [], [f"weights='{folders[3]}'"], []]

    def test_the_weights_are_those_of_the_run(self):
        job = runs_module.Job("first", 1, [f"experiment={NAME}", "trainer.max_epochs=2", "seed=1"])
        untrained = [f"experiment={NAME}", "trainer.max_epochs=0", "init=default", "seed=1"]
        again = runs_module.Job("again", 1, untrained, None, "first")
        first, second = runs_module.train_all([job, again], 1, result_file("log"))
        assert second.run.metrics["test/last"] == first.run.metrics["test/best"]
        fresh = runs_module.train(runs_module.Job("scratch", 1, again.overrides))
        assert fresh.run.metrics["test/last"] != first.run.metrics["test/best"]

    def test_interrupted_between_the_two_arms(self, tmp_path, runs_end_as):
        """The seed begins anew, so that the weights never come from an unknown run."""
        runs_end_as(*[done(tmp_path)] * 4, Result(tmp_path, "interrupted", signal=15))
        with pytest.raises(Interrupted):
            reproduce(NAME, None)
        given = runs_end_as(*[done(tmp_path)] * 3)
        reproduce(NAME, None)
        assert ["seed=1" in overrides for overrides in given] == [True] * 3
        assert given[1][-1] == f"weights='{tmp_path}'"

    def test_run_that_diverged_gives_no_weights(self, tmp_path, runs_end_as):
        given = runs_end_as(Result(tmp_path, "diverged", message="nan"), *[done(tmp_path)] * 4)
        reproduce(NAME, None)
        assert len(given) == 5
        run = written()["runs"][1]
        assert (run["status"], run["message"]) == (
            "failed",
            "the run of arm 'first', with whose weights it begins, diverged",
        )

    def test_a_worker_waits_for_the_run(self):
        jobs = [runs_module.Job(arm, seed, [], None, of) for seed in (0, 1) for arm, of in (("a", None), ("b", "a"))]
        queue = runs_module.Queue(jobs)
        first, second = queue.take(), queue.take()
        assert (first, second) == (jobs[0], jobs[2])
        assert queue.take() is None
        ended = queue.end(trained(1, errors=0)._replace(run=Run("a", 1, "done", 1.0)))
        assert queue.take() == runs_module.Job("b", 1, [], None, "a", ended)
        assert queue.jobs == [jobs[1]]


def test_seeds_and_overrides(tmp_path, runs_end_as):
    given = runs_end_as(*[done(tmp_path)] * 10)
    assert reproduce(NAME, None) == 0
    assert given == [[f"experiment={NAME}", f"seed={seed}"] for seed in range(10)]
    assert written()["environments"] == [{"torch": "1", "threads": 2}]
    assert written()["as_documented"]


def test_seeds_that_diverge_or_fail_are_recorded(tmp_path, runs_end_as, capsys):
    runs_end_as(done(tmp_path), Result(tmp_path, "diverged", message="nan"), RuntimeError("broken"))
    assert reproduce(NAME, "3") == 1
    found = written()
    assert [(run["status"], run["message"]) for run in found["runs"]] == [
        ("done", ""),
        ("diverged", "nan"),
        ("failed", "RuntimeError: broken"),
    ]
    assert found["measures"][0]["share"] == [1, 3]
    assert "seed 1: diverged: nan\n" in capsys.readouterr().out


def test_failed_run_has_an_environment(runs_end_as):
    runs_end_as(RuntimeError("broken"), RuntimeError("broken"))
    reproduce(NAME, "2")
    (environment,) = written()["environments"]
    assert {"commit", "torch", "threads"} <= set(environment)


@pytest.mark.parametrize(
    "change",
    [{"runs": 3}, {"environments": []}, {"runs": [{"arm": ""}]}, {"runs": [{"metrics": 3}]}, {"runs": [{"new": 3}]}],
)
def test_damaged_result_file(change, tmp_path, runs_end_as):
    runs_end_as(done(tmp_path), done(tmp_path))
    reproduce(NAME, "2")
    plain = written()
    if isinstance(change.get("runs"), list) and "arm" not in change["runs"][0]:
        change = {"runs": [plain["runs"][0] | change["runs"][0]]}
    del plain["digest"]  # as in files of earlier versions
    text = json.dumps(plain | change)
    result_file(NAME).write_text(text)
    with pytest.raises(UserError, match=f"result file {result_file(NAME)} is damaged"):
        reproduce(NAME, "3")
    assert result_file(NAME).read_text() == text


def test_results_that_were_changed_by_hand(tmp_path, runs_end_as):
    runs_end_as(done(tmp_path), done(tmp_path))
    reproduce(NAME, "2")
    assert len(read_found(result_file(NAME)).runs) == 2
    plain = written()
    plain["runs"][1]["seconds"] += 1
    result_file(NAME).write_text(json.dumps(plain))
    with pytest.raises(UserError, match=r"is damaged \(its runs have changed since they were written\); restore it"):
        read_found(result_file(NAME))


@pytest.mark.usefixtures("few_experiments")
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe"])
def test_damaged_json(content, capsys):
    result_file(NAME).parent.mkdir(parents=True)
    result_file(NAME).write_bytes(content)
    assert exit_code("reproduce", NAME) == 2
    assert f"result file {result_file(NAME)} is damaged" in capsys.readouterr().err
    progress.FILE.write_bytes(content)
    assert exit_code("reproduce", "all") == 2
    assert f"{progress.FILE} is damaged" in capsys.readouterr().err


def test_all_reports_a_damaged_result_file_and_continues(monkeypatch, capsys):
    result_file(NAME).parent.mkdir(parents=True)
    result_file(NAME).write_text("{")
    monkeypatch.setattr(module, "options_in", lambda *_: [NAME])
    assert reproduce("all", None) == 1
    assert f"{NAME}: not run: result file" in capsys.readouterr().out


def test_result_folder_that_cannot_be_written(runs_end_as):
    given = runs_end_as()
    result_file(NAME).parent.parent.mkdir()
    result_file(NAME).parent.touch()
    with pytest.raises(UserError, match=f"cannot write {result_file(NAME)}: File exists"):
        reproduce(NAME, None)
    assert given == []  # no run


@pytest.mark.parametrize(
    ("arguments", "word"),
    [((NAME, "seed=2"), "seed=2"), ((NAME, "again"), "again"), ((NAME, "--config-dir", "conf"), "--config-dir")],
)
def test_unused_argument(arguments, word, capsys):
    assert exit_code("reproduce", *arguments) == 2
    assert f"cannot use '{word}'" in capsys.readouterr().err


def test_user_errors_are_raised(runs_end_as):
    runs_end_as(UserError("no data"))
    with pytest.raises(UserError, match="no data"):
        reproduce(NAME, None)
    assert not result_file(NAME).exists()


def test_more_seeds():
    pair = Claim(
        "t", "s", "seconds", [], comparisons=[Comparison("test/errors", "a", "b")], arms={"a": [], "b": []}, seeds=3
    )
    runs = [
        Run(arm, seed, "done", 1.0, {"test/last": {"errors": errors}})
        for arm, values in (("a", (1, 1, 1)), ("b", (2, 1.5, 5)))
        for seed, errors in enumerate(values)
    ]
    assert more_seeds("e", judge(pair, runs)) == (
        "e: if the differences are as measured, 7 seeds decide: nnzoo reproduce e seeds=7"
    )
    assert more_seeds("e", judge(pair, [run for run in runs if run.seed != 2])) is None  # unfinished


@pytest.fixture
def few_experiments(monkeypatch):
    """All experiments are those of two sources, of each cost."""
    names = [name for name in module.options_in(module.configs_dir(), "experiment") if not name.startswith("aggarwal")]
    monkeypatch.setattr(module, "options_in", lambda folder, group: names)


@pytest.mark.usefixtures("few_experiments")
def test_all_runs_by_cost_and_continues_after_errors(monkeypatch, capsys):
    order = []

    def rerun(name, count, workers):
        order.append((name, count))
        if len(order) == 1:
            raise UserError("no data")
        return True

    monkeypatch.setattr(module, "rerun", rerun)
    assert reproduce("all", "2") == 1  # the first could not be run
    assert f"{order[0][0]}: not run: no data" in capsys.readouterr().out
    costs = [module.COSTS.index(module.read_claim(name).cost) for name, _ in order]
    assert costs == sorted(costs)
    assert len({name for name, _ in order}) == len(order) >= 7
    assert {count for _, count in order} == {2}
    assert not progress.FILE.exists()


@pytest.mark.usefixtures("few_experiments")
def test_all_continues_where_it_was_interrupted(monkeypatch, capsys):
    order = []

    def rerun(name, count, workers):
        order.append(name)
        if len(order) == 3:
            raise KeyboardInterrupt
        return len(order) != 2

    monkeypatch.setattr(module, "rerun", rerun)
    with pytest.raises(KeyboardInterrupt):
        reproduce("all", None)
    assert reproduce("all", None) == 1  # the second had another verdict, before the interruption
    assert order[2] == order[3]
    assert len(order) == len(set(order)) + 1
    assert f"continuing after 2 of {len(set(order))} experiments" in capsys.readouterr().out


@pytest.mark.usefixtures("few_experiments")
def test_exit_code_of_all(monkeypatch):
    monkeypatch.setattr(module, "rerun", lambda *_: True)
    assert reproduce("all", None) == 0
    monkeypatch.setattr(module, "rerun", lambda name, *_: name != NAME)
    assert reproduce("all", None) == 1


def test_time_left():
    three = progress.Progress({"a": 10.0, "b": 20.0, "c": 40.0}, None, {})
    assert three.line("a") == "1 of 3: a, about 70 s left"
    three.end("a", documented=True, seconds=20.0)  # this machine takes twice as long
    assert three.line("b") == "2 of 3: b, about 2 min left"
    assert list(three.left()) == ["b", "c"]


def test_unknown_name():
    with pytest.raises(
        UserError, match="unknown experiment 'zaki_meira/rnn_rebber'; did you mean 'zaki_meira/rnn_reber'"
    ):
        reproduce("zaki_meira/rnn_rebber", None)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "many", ""])
def test_number_of_seeds(text):
    assert positive("seeds", "3") == 3
    with pytest.raises(UserError, match=f"seeds is '{text}'"):
        positive("seeds", text)


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
