import json
import os
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from nnzoo.errors import UserError
from nnzoo.reports.sweep import sweep_page
from nnzoo.reports.sweep_files import read_sweep
from nnzoo.reports.write import NAME, sweep_report

from tests.reports.made import TRIALS, make_run, make_sweep
from tests.reports.parsing import Page
from tests.reports.test_html import EVIL


def read(path, folder=None):
    return Page(sweep_page(path, folder or path))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = make_sweep(tmp_path_factory.mktemp("sweeps") / "lr-1126-0800")
    return folder, read(folder)


def test_best_trial_stands_first(finished):
    found = finished[1]
    assert found.texts["h2"] == ["Best trial", "Trials", "Figures", "Failures", "Runs", "Settings"]
    assert "4 trials: 2 done, 1 failed, 1 pruned." in found.text
    best = "Trial 2: val/acc 0.75 ± 0.062 (mean and standard deviation of 2 runs) on 144 examples"
    assert f"{best}, higher by 0.25 than trial 0." in found.text
    assert found.pairs()["optimizer.lr"] == "0.01"
    commands = ["nnzoo train optimizer.lr=0.01 seed=0", "nnzoo train -m optimizer.lr=0.01 seed=0,1"]
    assert found.texts["pre"][:3] == [*commands, "nnzoo train -m optimizer.lr=0.1,100,0.01,0.2"]


def test_trials_are_sorted_by_the_objective(finished):
    rows = finished[1].rows()
    start = rows.index(["trial", "val/acc", "optimizer.lr", "status", "n", "test/best/acc"])
    assert rows[start + 1 : start + 5] == [
        ["2", "0.75 ± 0.062", "0.01", "done", "2", "0.6"],
        ["0", "0.5 ± 0.12", "0.1", "done", "2", "0.6"],
        ["10", "0.9", "0.2", "pruned", "1", ""],  # after those that are done
        ["1", "", "100.0", "failed", "0", ""],
    ]
    assert "Sorted by val/acc, highest first." in finished[1].text
    whole = ["trial", "val/acc", "optimizer.lr", "status", "n", "test/best/acc"]
    start = rows.index([*whole, "val/best/acc", "val/last/acc", "val/best/loss"])
    assert rows[start + 1][-3:] == ["0.75 ± 0.062", "0.65", "0.6931"]


def test_lower_is_better_if_the_best_trial_has_the_lowest_value(tmp_path):
    folder = make_sweep(tmp_path / "sweep", trial=0, value=0.5)
    found = read(folder)
    assert "Sorted by val/acc, lowest first." in found.text
    assert "lower by 0.25 than trial 2." in found.text
    assert [row[0] for row in found.rows() if len(row) == 6] == ["trial", "0", "2", "10", "1"]


def test_links_lead_to_the_directories_of_the_runs(tmp_path):
    odd = {**TRIALS[0], "trial": 7, "optimizer.lr": "a b#c?d%20<e>'f\"ü"}
    folder = make_sweep(tmp_path / "sweep", [odd, *TRIALS], trial=7)
    make_run(folder / "7-more")
    (folder / "7-more" / NAME).touch()
    for place in (folder, tmp_path, tmp_path / "elsewhere"):
        place.mkdir(exist_ok=True)
        addresses = [given["href"] for given in read(folder, place).all("a")]
        targets = {(place / unquote(each)).resolve() for each in addresses}
        runs = {path.resolve() for path in folder.iterdir() if path.name[0].isdigit()}
        assert targets == {*runs, (folder / "7-more" / NAME).resolve()}
        assert not [each for each in addresses if "#" in each or "?" in each or " " in each]


def test_failures_with_their_messages(finished):
    assert ["1", "failed", "lr is 100 & <too> large"] in finished[1].rows()
    assert "10" not in [row[0] for row in finished[1].rows() if len(row) == 3]  # pruned


def test_message_of_the_table_comes_first(tmp_path):
    folder = make_sweep(tmp_path / "sweep")
    table = folder / "sweep.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join(line[:-3] + "crashed,[]" if line.startswith("1,") else line for line in lines))
    assert ["1", "failed", "crashed"] in read(folder).rows()
    assert read_sweep(folder).swept == ["optimizer.lr"]


@pytest.mark.parametrize("mode", ["min", "max"])
def test_mode_of_the_record(tmp_path, mode):
    folder = make_sweep(tmp_path / "sweep")
    record = yaml.safe_load((folder / "sweep.yaml").read_text())
    (folder / "sweep.yaml").write_text(yaml.safe_dump({**record, "mode": mode}))
    assert f"Sorted by val/acc, {'lowest' if mode == 'min' else 'highest'} first." in read(folder).text


def test_ties_keep_the_order_of_the_table(tmp_path):
    trials = [{**TRIALS[2], "trial": number} for number in (7, 2, 5)]
    found = read(make_sweep(tmp_path / "sweep", trials, trial=7))
    assert [row[0] for row in found.rows() if len(row) == 6] == ["trial", "7", "2", "5"]


def test_sweep_without_best_weights_compares_the_last(tmp_path):
    trials = [
        {"trial": 2, "lr": 1, "status": "done", "n": 2, "val/acc": 0.5, "val/last/acc": 0.5, "val/last/acc_sd": 0.25}
    ]
    folder = make_sweep(tmp_path / "sweep")
    names = list(trials[0])
    (folder / "sweep.csv").write_text(f"{','.join(names)}\n{','.join(str(trials[0][name]) for name in names)}\n")
    assert ["2", "0.5 ± 0.25", "1", "done", "2"] in read(folder).rows()


@pytest.mark.parametrize("status", ["running", "interrupted", "failed"])
def test_sweep_that_is_not_done(tmp_path, status):
    folder = make_sweep(tmp_path / "sweep")
    (folder / "status.json").write_text(json.dumps({"status": status, "message": "a < b", "time": 1.0}))
    assert f"The sweep is {status}: a < b" in read(folder).texts["p"]
    (folder / "status.json").unlink()
    assert "The sweep is" not in read(folder).text


def test_pictures(finished):
    assert finished[1].texts["figcaption"] == ["history"]


def test_sweep_of_one_trial(tmp_path):
    found = read(make_sweep(tmp_path / "sweep", TRIALS[2:3]))
    assert "1 trial: 1 done." in found.text
    assert "than trial" not in found.text
    assert "Failures" not in found.texts["h2"]


def test_tie(tmp_path):
    found = read(make_sweep(tmp_path / "sweep", [TRIALS[2], {**TRIALS[2], "trial": 3}]))
    assert "2 runs) on 144 examples, as trial 3." in found.text


def test_unknown_objective_and_columns(tmp_path):
    folder = make_sweep(tmp_path / "sweep", metric="val/f1", value=0.5, command=None)
    (folder / "sweep.csv").write_text("trial,status,n,model,later\n2,done,1,mlp,x\n")
    found = read(folder)
    assert "Trial 2: val/f1 0.5 on 144 examples." in found.text
    assert ["2", "mlp", "x", "done", "1"] in found.rows()


def test_settings_of_the_sweep(finished):
    assert finished[1].texts["details"][-1].startswith("sweep.yamlcommand: nnzoo train -m optimizer.lr=0.1,")


def test_text_of_users_is_escaped(tmp_path):
    trials = [{"trial": 2, "status": EVIL, "n": 1, EVIL: EVIL, f"val/best/{EVIL}": EVIL, "message": EVIL}]
    folder = make_sweep(tmp_path / "sweep", [{**TRIALS[2]}])
    names = list(trials[0])
    text = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    values = ",".join('"' + str(trials[0][name]).replace('"', '""') + '"' for name in names)
    (folder / "sweep.csv").write_text(f"{text}\n{values}\n")
    (folder / "best.yaml").write_text(yaml.safe_dump({"trial": 2, "command": EVIL, "metric": EVIL, "value": 1.0}))
    (folder / "sweep.yaml").write_text(yaml.safe_dump({"format": 1, "command": EVIL, "examples": EVIL, EVIL: EVIL}))
    (folder / "02-lr=0.01-seed=0" / "status.json").write_text(json.dumps({"message": EVIL}))
    assert read(folder).text.count("<script>alert('x')</script>") > 5


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        (("sweep.csv",), r"has no sweep\.csv; a sweep writes sweep\.csv when it ends"),
        (("best.yaml",), r"has no best\.yaml;"),
        (("sweep.csv", "best.yaml"), r"has no sweep\.csv and no best\.yaml;"),
    ],
)
def test_missing_files_are_named(tmp_path, missing, message):
    folder = make_sweep(tmp_path / "sweep")
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(UserError, match=message):
        sweep_report(folder)
    assert not (folder / NAME).exists()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("best.yaml", b"{", "cannot be read"),
        ("best.yaml", b"- 1", "does not hold keys and values"),
        ("sweep.csv", b"", "has no column 'trial'"),
        ("sweep.csv", b"a,b\n1,2\n", "has no column 'trial'"),
        ("sweep.csv", b"\xff", "cannot be read"),
        ("sweep.yaml", b"{", "cannot be read"),
    ],
)
def test_damaged_files_are_one_line(tmp_path, name, content, message):
    folder = make_sweep(tmp_path / "sweep")
    (folder / name).write_bytes(content)
    with pytest.raises(UserError, match=message) as caught:
        sweep_report(folder)
    assert "\n" not in str(caught.value)


def test_rows_of_other_lengths(tmp_path):
    folder = make_sweep(tmp_path / "sweep")
    with (folder / "sweep.csv").open("a") as file:
        file.write("11\n12,0.3,done,1,0.4,,,,,,,,,,more,and more\n")
    assert ["11", "", "", "", "", ""] in read(folder).rows()


def test_directories_are_read_once(tmp_path, monkeypatch):
    folder = make_sweep(tmp_path / "sweep", [{**TRIALS[0], "trial": k, "n": 1} for k in range(30)], trial=3)
    listed = []
    original = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda self: listed.append(self) or original(self))
    read(folder)
    assert listed.count(folder) == 1
    assert os.listdir(folder)
