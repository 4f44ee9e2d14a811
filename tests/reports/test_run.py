"""Reports of runs in every state."""

import math
import shlex
from dataclasses import replace
from pathlib import Path

import nnzoo
import pytest
from nnzoo.errors import UserError
from nnzoo.reports.run import run_page
from nnzoo.reports.write import NAME
from nnzoo.spec import DataSpec

from tests.reports.made import CONFIG, DATA, RESULTS, SPEC, make_run
from tests.reports.parsing import Page
from tests.reports.test_html import EVIL
from tests.support.paths import ROOT
from tests.support.runs import train

EARLIER = sorted((ROOT / "tests" / "fixtures" / "earlier_runs").iterdir())


def read(path):
    return Page(run_page(path))


@pytest.fixture
def made(tmp_path):
    """Return a function that makes a run directory and reads its report."""
    return lambda **files: read(make_run(tmp_path / "run", **files))


# A finished run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = make_run(tmp_path_factory.mktemp("runs") / "mlp-digits-1126-0700-abcd")
    return folder, read(folder)


def test_title_and_sentence(finished):
    folder, found = finished
    assert found.texts["title"][0] == "mlp on digits: done · nnzoo"
    assert found.texts["h1"] == ["mlp on digits"]
    assert [given.get("class") for given in found.all("p")[:2]] == ["kicker", "lead"]
    lead = "Finished after 3 epochs in 7 s; best epoch 2: val acc 0.75 (100 examples), test acc 0.71 (200 examples)."
    assert lead in found.texts["p"]
    assert folder.name in found.texts["p"]


def test_metrics(finished):
    rows = finished[1].rows()
    start = rows.index(["split", "weights", "examples", "loss", "acc", "errors"])
    assert rows[start + 1 : start + 7] == [
        ["val *", "best, epoch 2", "100", "0.5", "0.75", "25"],
        ["val *", "last, epoch 3", "100", "0.625", "0.625", "38"],
        ["test", "best, epoch 2", "200", "0.53", "0.71", "58"],
        ["test", "last, epoch 3", "200", "0.6", "0.6", "80"],
        ["train *", "best, epoch 2", "400", "1.25", "0.5", "200"],
        ["train *", "last, epoch 3", "400", "1", "0.625", "150"],
    ]


def test_figures_and_curves(finished):
    found = finished[1]
    assert [given["aria-label"] for given in found.all("svg")] == [
        f"{m} by epoch; best epoch 2" for m in ("loss", "acc")
    ]
    assert found.texts["figcaption"] == ["confusion", "feature maps"]  # the learning curves are drawn anew
    for given in found.all("img"):
        assert given["src"].startswith("data:image/png;base64,")
        assert (given["width"], given["height"]) == ("450", "300")


def test_settings_data_and_environment(finished):
    found = finished[1]
    shown = found.pairs()
    assert shown["trainer.max_epochs"] == "3"
    assert shown["examples"] == "train 400, val 100, test 200"
    assert shown["one example"] == "real vector"
    assert {name: shown[name] for name in ("commit", "torch", "device", "threads")} == {
        "commit": "abc+",
        "torch": "2.15.0",
        "device": "CPU",
        "threads": "2",
    }
    assert shown["duration"] == "7 s, from the last start"
    assert shown["command"] == "nnzoo train model=mlp 'name=a b'"
    assert "_target_: nnzoo.models.mlp.MLP" in found.texts["details"][0]
    assert "Log" not in found.texts["h2"]


def test_nothing_of_the_page_is_loaded_from_elsewhere(finished):
    policy = finished[1].all("meta")[1]
    assert policy["content"].startswith("default-src 'none'; img-src data:;")  # the parser checks every address


def test_report_agrees_with_an_evaluation_of_the_best_weights(tmp_path):
    run = train(tmp_path, "trainer.max_epochs=3", "evaluate=[val,test]").directory
    evaluated, found = nnzoo.evaluate(run), nnzoo.report(run)
    assert found == run / NAME
    (lead,) = [text for text in Page(found.read_text()).texts["p"] if text.startswith("Finished")]
    for split, size in (("val", 144), ("test", 359)):
        assert f"{split} acc {evaluated[f'{split}/best']['acc']:.4g} ({size} examples)" in lead
        assert round(evaluated[f"{split}/best"]["acc"] * size) == size - evaluated[f"{split}/best"]["errors"]
    history = make_run(tmp_path / "other", metrics=(run / "metrics.csv").read_bytes(), results={}, best=3)
    row = (run / "metrics.csv").read_text().splitlines()[3].split(",")
    assert f"val acc {float(row[2]):.4g}" in read(history).text


# Commands


def commands(found):
    return [shlex.split(text) for text in found.texts["pre"] if text.startswith("nnzoo ")]


@pytest.mark.parametrize("name", ["run", "it's a run", 'a "b" $HOME `ls`', "ü ✗ <script>", "a&b;c"])
def test_commands_are_quoted_for_a_shell(tmp_path, name):
    folder = make_run(tmp_path / name)
    assert commands(read(folder)) == [
        ["nnzoo", "rerun", f"run={folder}"],
        ["nnzoo", "predict", f"run={folder}", "input=FILE"],
    ]


def test_path_in_commands_is_absolute(tmp_path, monkeypatch):
    make_run(tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    assert commands(read(Path("run")))[0] == ["nnzoo", "rerun", f"run={tmp_path / 'run'}"]


def test_interrupted_run_can_be_continued(tmp_path):
    folder = make_run(tmp_path / "a b", status={"status": "interrupted", "message": "stopped by SIGINT", "time": 1.0})
    assert ["nnzoo", "train", f"resume={folder}"] in commands(read(folder))


TEXT = DataSpec(
    input="tokens", shape=(), target="next_token", target_size=9, sequence=True, per_step=True, autoregressive=True
)


@pytest.mark.parametrize(
    ("spec", "command"),
    [(TEXT, "sample"), (replace(SPEC, target="none", target_size=0), "sample"), (SPEC, "predict")],
)
def test_command_that_applies_the_network(made, spec, command):
    assert [words[1] for words in commands(made(spec=spec))] == ["rerun", command]


def test_without_checkpoints_there_is_nothing_to_apply(made):
    assert [words[1] for words in commands(made(best=None, last=None))] == ["rerun"]


def test_data_from_python_must_be_passed_again(made):
    data = {"_target_": "nnzoo.data.tables.array.Array", "path": None}
    found = made(config=CONFIG | {"data": data})
    assert [words[1] for words in commands(found)] == ["predict"]
    assert any(text.startswith("nnzoo.rerun('/") and text.endswith("run', data=...)") for text in found.texts["pre"])


# Other states


@pytest.mark.parametrize("status", ["failed", "diverged", "interrupted", "running", "something new"])
def test_unfinished_runs_show_message_and_log(made, status):
    log = "\n".join(f"line {n}" for n in range(100)) + "\nValueError: a < b\n"
    found = made(status={"status": status, "message": "ValueError: a < b", "time": 1003.0}, log=log, results=None)
    assert found.texts["title"][0] == f"mlp on digits: {status} · nnzoo"
    assert "ValueError: a < b" in found.texts["p"]
    (shown,) = [text for text in found.texts["pre"] if "line 99" in text]
    assert shown.endswith("ValueError: a < b")
    assert "line 61" in shown
    assert "line 50" not in shown
    assert ("ended" in found.pairs()) == ("duration" in found.pairs()) == (status != "running")
    assert "val acc 0.75 (100 examples)." in found.text


def test_killed_without_status(made):
    found = made(status=None, results=None, figures=(), best=None, metrics=None, last=None)
    assert "No status was written." in found.text
    assert "There is no metrics.csv" in found.text
    assert "Metrics" not in found.texts["h2"]
    assert "Figures" not in found.texts["h2"]


def test_killed_while_writing(made):
    found = made(
        status=b"",
        metrics="epoch,val/acc,val/loss\n1,0.5,1\n2,0.75,0.5\n3,0.8",
        results=b"{",
        env=b"\xff",
        best=None,
        last=2,
    )
    assert "Damaged, and left out: status.json, results.json, env.json." in found.text
    assert "No status was written after 2 epochs" in found.text


def test_damaged_checkpoint_and_figure(tmp_path):
    folder = make_run(tmp_path / "run")
    (folder / "checkpoints" / "best.ckpt").write_bytes(b"PK")
    whole = (folder / "figures" / "confusion.png").read_bytes()
    (folder / "figures" / "confusion.png").write_bytes(whole[:60])
    (folder / "figures" / "empty.png").write_bytes(b"")
    (folder / "figures" / ".confusion.png.1").write_bytes(b"")
    found = read(folder)
    assert "Damaged, and left out: checkpoints/best.ckpt, figures/confusion.png, figures/empty.png." in found.text
    assert found.texts["figcaption"] == ["feature maps"]
    assert "last weights: val acc 0.625" in found.text


def test_warnings_of_a_finished_run(made):
    line = "2026-11-26 07:25:23,984 WARNING nnzoo.callbacks.figures: figure 'x' could not be drawn"
    found = made(log=f"2026-11-26 07:25:23,984 INFO nnzoo.data: read\n{line}\n")
    assert line in found.texts["pre"]
    assert "Warnings:" in found.texts["p"]


def test_reason_of_an_early_stop(made):
    assert (
        "stopped early: val/loss"
        in made(status={"status": "done", "message": "stopped early: val/loss", "time": 1}).text
    )


def test_run_without_logger_and_callbacks(made):
    found = made(metrics=None, figures=(), best=None, results={"test/last": RESULTS["test/last"]})
    assert "Finished after 3 epochs in 7 s; last weights: test acc 0.6 (200 examples)." in found.text
    assert "logger=none" in found.text


def test_metrics_that_are_not_finite(made):
    history = "epoch,val/loss,val/acc,val/f1\n1,nan,0.5,nan\n2,inf,0.75,nan\n"
    found = made(metrics=history, results={"test/best": {"loss": math.nan, "acc": 0.5}}, last=2)
    assert ["test", "best, epoch 2", "200", "nan", "0.5", ""] in found.rows()
    assert "nan: not finite, or not defined." in found.text
    assert [given["aria-label"].partition(" ")[0] for given in found.all("svg")] == ["acc"]


def test_generator_without_targets(made):
    metrics = {"loss": 2.5, "energy_distance": 0.1, "generator_loss": 1.0}
    history = "epoch,val/loss,val/energy_distance,train/loss\n1,2,0.5,2\n2,3,0.1,3\n"
    found = made(results={"test/best": metrics}, metrics=history, last=None, best=None)
    assert "val energy_distance 0.1" in found.text


def test_units_of_a_scaled_target(made):
    spec = replace(SPEC, target="real", target_size=1, target_mean=(1.0,), target_scale=(2.0,))
    assert "The loss is that of the standardized target" in made(spec=spec).text


@pytest.mark.parametrize("trainer", [{"limit_val_batches": 1}, {"overfit_batches": 2}])
def test_number_of_examples_is_left_out_if_it_is_limited(made, trainer):
    lead = next(text for text in made(config=CONFIG | {"trainer": trainer}).texts["p"] if text.startswith("Finished"))
    assert "val acc 0.75, " in lead


def test_number_of_tokens_of_a_text(made):
    assert "val acc 0.75 (100 tokens)" in made(data=DATA | {"unit": "tokens"}).text


def test_samples_of_a_language_model(tmp_path):
    folder = make_run(tmp_path / "run")
    (folder / "samples.txt").write_text(f"After epoch 1\n{EVIL}\n")
    assert f"After epoch 1\n{EVIL}" in read(folder).texts["pre"]


def test_text_of_users_is_escaped(tmp_path):
    choices = {"choices": {"model": EVIL, "data": EVIL}}
    results = {f"test/{EVIL}": {EVIL: 1.0}}
    folder = make_run(
        tmp_path / "run",
        config=CONFIG | {"name": EVIL} | choices,
        overrides=[f"name={EVIL}", f"{EVIL}=1", "~callbacks.figures", "~loss", "name="],
        env={EVIL: EVIL, "command": [EVIL, EVIL]},
        data={"spec": EVIL, "unit": EVIL, "summary": EVIL, "sizes": {"val": EVIL}},
        metrics=HISTORY_OF_EVIL,
        results=results,
        status={"status": EVIL, "message": EVIL, "time": 1.0},
        log=EVIL,
    )
    (folder / "figures" / "confusion.png").rename(folder / "figures" / "<b onclick='x'>.png")
    found = read(folder)  # the parser refuses scripts and handlers
    assert found.text.count("<script>alert('x')</script>") > 10
    assert found.pairs()["~callbacks.figures"] == "removed"
    assert "<b onclick='x'>" in found.texts["figcaption"]


HISTORY_OF_EVIL = "epoch,val/<script>\n1,1\n2,2\n"


@pytest.mark.parametrize("folder", EARLIER, ids=[path.name for path in EARLIER])
def test_earlier_runs(folder):
    found = read(folder)
    assert "Finished" in found.text
    assert folder.name in found.texts["h1"][0]  # named after the network
    assert [words[1] for words in commands(found)] == ["rerun", "predict"]


def test_epochs_from_zero_of_earlier_versions(made):
    found = made(metrics="epoch,val/acc,val/loss\n0,0.5,1\n1,0.75,0.5\n", best=2, last=2)
    assert "best epoch 2: val acc 0.75" in found.text


def test_run_that_failed_before_it_had_a_config(tmp_path):
    folder = tmp_path / "3-failed"
    make_run(folder, config=None, env=None, data=None, metrics=None, results=None, best=None, last=None, figures=())
    found = read(folder)
    assert found.texts["h1"] == ["3-failed"]
    assert not commands(found)


@pytest.mark.parametrize("content", [b"{", b"- a", b"\xff\xfe"])
def test_damaged_config_is_one_line(tmp_path, content):
    folder = make_run(tmp_path / "run", config=content)
    with pytest.raises(UserError, match=r"config\.yaml"):
        run_page(folder)
