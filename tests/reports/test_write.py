import shutil
import stat
from urllib.parse import unquote

import nnzoo
import pytest
from nnzoo.errors import UserError
from nnzoo.reports.write import NAME, run_report, sweep_report

from tests.reports.made import make_run, make_sweep
from tests.reports.parsing import Page
from tests.support.commands import command, exit_code

WHEN = "a sweep writes sweep.csv when it ends or is interrupted, and best.yaml if a trial has a result"


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "a run")


@pytest.fixture
def sweep(tmp_path):
    return make_sweep(tmp_path / "sweeps" / "a sweep")


def test_python_takes_runs_and_sweeps(run, sweep):
    assert nnzoo.report(str(run)) == run / NAME
    assert nnzoo.report(sweep) == sweep / NAME
    assert Page((run / NAME).read_text("utf-8")).texts["h1"] == ["mlp on digits"]
    assert Page((sweep / NAME).read_text("utf-8")).texts["h1"] == ["a sweep"]


def test_command(run, sweep, tmp_path):
    assert command("report", f"run={run}") == f"report in {run / NAME}\n"
    assert command("report", f"sweep={sweep}") == f"report in {sweep / NAME}\n"
    other = tmp_path / "other.html"
    assert command("report", f"run={run}", f"output={other}") == f"report in {other}\n"
    assert other.read_text("utf-8").splitlines()[:-5] == (run / NAME).read_text("utf-8").splitlines()[:-5]


def test_command_without_arguments_writes_the_page_of_results(monkeypatch):
    monkeypatch.setattr("nnzoo.experiments.report.write_report", lambda: "docs/RESULTS.md")
    assert command("report") == "results in docs/RESULTS.md\n"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["run="], "run=... is required"),
        (["sweep="], "sweep=... is required"),
        (["run=.", "output="], "output=... is required"),
        (["run=.", "sweep=."], "nnzoo report takes run=RUN or sweep=DIR, not both"),
        (["output=a.html"], "nnzoo report takes run=RUN or sweep=DIR, not output= alone"),
        (["runs=."], "unknown argument 'runs'; did you mean 'run'?"),
        (["somewhere"], "unknown argument 'somewhere'; did you mean 'sweep'?"),
        (["run=nowhere"], "nowhere does not exist"),
        (["sweep=nowhere"], "nowhere does not exist"),
        (["run=file"], "file is not a directory"),
        (["run=empty"], "empty is not a run directory (no config.yaml)"),
        (
            ["sweep=empty"],
            f"empty has no sweep.csv and no best.yaml; {WHEN}",
        ),
        (["run=sweep"], "sweep is the directory of a sweep; use sweep=sweep"),
        (["sweep=run"], "run is the directory of a run; use run=run"),
        (["run=run", "output=a.txt"], "output=a.txt: it must end in .html"),
        (["run=run", "output=there/a.html"], "output=there/a.html: there is no folder there"),
        (["run=run", "output=folder.html"], "cannot write folder.html: Is a directory"),
    ],
)
def test_mistakes_are_one_line(tmp_path, monkeypatch, capsys, args, message):
    make_run(tmp_path / "run")
    make_sweep(tmp_path / "sweep")
    for name in ("empty", "folder.html"):
        (tmp_path / name).mkdir()
    (tmp_path / "file").touch()
    monkeypatch.chdir(tmp_path)
    assert exit_code("report", *args) == 2
    assert capsys.readouterr().err == f"nnzoo: {message}\n"
    assert not list(tmp_path.rglob("*.html.*"))


def test_directory_that_cannot_be_written(run, monkeypatch):
    def refuse(path, text):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("nnzoo.reports.write.write", refuse)
    with pytest.raises(UserError, match=rf"{NAME}: Permission denied; output=FILE\.html writes it elsewhere$"):
        run_report(run)


def test_earlier_report_is_replaced_only_by_a_whole_one(run):
    run_report(run)
    before = (run / NAME).read_text()
    (run / "config.yaml").write_text("{")
    with pytest.raises(UserError):
        run_report(run)
    assert (run / NAME).read_text() == before


def test_run_is_not_changed(run):
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    run_report(run)
    after = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert after.pop(run / NAME)
    assert after == before


def test_report_does_not_need_the_directory_any_more(run, tmp_path):
    found = run_report(run, tmp_path / "kept.html")
    shutil.rmtree(run)
    assert len(Page(found.read_text("utf-8")).all("img")) == 2
    assert stat.S_ISREG(found.stat().st_mode)


def test_sweep_report_elsewhere_has_links_from_there(sweep, tmp_path):
    found = sweep_report(sweep, tmp_path / "kept.html")
    first = Page(found.read_text("utf-8")).all("a")[0]["href"]
    assert (found.parent / unquote(first)).is_dir()
