import ast
import re
import shlex
from importlib import import_module
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from nnzoo import api
from nnzoo.builders.data import build_data
from nnzoo.builders.tasks import build_task
from nnzoo.cli import analogy, board, file_commands, neighbors, similarity
from nnzoo.cli import commands as cli
from nnzoo.cli import document_vectors as document_vectors_command
from nnzoo.cli import explain as explain_command
from nnzoo.cli import export as export_command
from nnzoo.cli import hydra_app as app
from nnzoo.cli import outliers as outliers_command
from nnzoo.cli import recommend as recommend_command
from nnzoo.cli import report as report_command
from nnzoo.config.compose import compose
from nnzoo.config.composer import Composer
from nnzoo.config.diagnosis import expand_sweep
from nnzoo.config.hydra_configs import parse_overrides
from nnzoo.config.inventory import options
from nnzoo.errors import UserError
from nnzoo.experiments import catalogue, report, reproduce
from nnzoo.inference import document_vectors, files, load, outlier_files, texts
from nnzoo.inference.explanations import explain
from nnzoo.inference.export import export
from nnzoo.inference.recommendations import recommend
from nnzoo.reports import write
from nnzoo.sweeps import export as sweep_export
from nnzoo.sweeps.plan import read_plan
from nnzoo.sweeps.start import first_points
from nnzoo.training import existing_runs, lr_find
from nnzoo.training.result import Result

from tests.support.made_runs import made_config, made_run
from tests.support.pages import FENCE, OUTER, PAGES, is_error
from tests.support.paths import ROOT

COMPOSER = Composer([])  # most commands choose the same options
OWN = ("--config-dir", "allow=[")  # of commands with configs and classes of the page
OF_THE_EXAMPLE = ("nnzoo.models.maxout", "Maxout")  # which the reader adds
LINK = re.compile(r"\[[^]]*\]\(([^)\s]+)\)")


def fences(*languages):
    for page in PAGES:
        for language, text in FENCE.findall(OUTER.sub("", page.read_text())):
            if language in languages:
                yield page, text


def commands():
    """Yield (page, command, error): the error that the page shows below the command, None without one."""
    for page, text in fences("sh", "console"):
        if page.name in ("own_data.md", "plugins.md", "teaching.md"):  # tests of their own run them
            continue
        shown = [line.removeprefix("$ ") for line in text.splitlines()]
        for line, after in zip(shown, [*shown[1:], ""], strict=True):
            if line.startswith("nnzoo ") and not any(each in line for each in OWN):
                if is_error(after) and ("run=" in line or "weights=" in line):  # needs the run
                    continue
                yield page, line, after.removeprefix("nnzoo: ") if is_error(after) else None


COMMANDS = list(dict.fromkeys((line, error) for _, line, error in commands()))


def settings(args):
    """Return the overrides of the run that a command starts; of a few runs of a sweep."""
    flags = app.parse_flags(args)
    if app.is_sweep(flags):
        plan = read_plan(flags.overrides)
        return [[*plan.overrides, *point] for point in first_points(plan)[:4]]
    return product(*map(expand_sweep, parse_overrides(flags.overrides)))


def build(args, *, resume=False):
    """Do what `nnzoo train` does before the first step, without data sets that have to be downloaded."""
    for overrides in settings(args):
        config = api.plain(COMPOSER.compose(overrides)) | {"weights": None}  # of a run that is not there
        if config["data"].get("path") is None and config["choices"]["data"] not in (
            "conll2000",
            "cora",
            "movielens",
            "reuters",
            "sentence_polarity",
        ):
            with pytest.MonkeyPatch.context() as patch:  # nothing is computed with the weights
                patch.setattr(torch.nn.init, "kaiming_uniform_", lambda weight, **settings: weight)
                build_task(config, build_data(config))
    return 0


@pytest.fixture
def without_work(monkeypatch):
    done = Result(Path("run"), "done")
    monkeypatch.setattr(app, "run_app", build)
    for module in (
        cli,
        explain_command,
        export_command,
        file_commands,
        outliers_command,
        recommend_command,
        report_command,
    ):
        monkeypatch.setattr(module, "run_path", str)
    monkeypatch.setattr(existing_runs, "resume", lambda run, overrides, **settings: compose(overrides) and done)
    monkeypatch.setattr(existing_runs, "rerun", lambda run, overrides, **settings: compose(overrides) and done)
    monkeypatch.setattr(api, "evaluate", lambda run, *overrides, **settings: {})
    monkeypatch.setattr(export, "export", lambda *given, **settings: export.Export(Path(), Path(), 0.0))
    monkeypatch.setattr(texts, "continue_text", lambda trained, *given, **settings: "text")
    monkeypatch.setattr(
        load,
        "load",
        lambda run, which, allow: SimpleNamespace(generates=False, condition=None, features=lambda *_: None),
    )
    monkeypatch.setattr(files, "predict_file", lambda net, source, output, probabilities, length: output)
    monkeypatch.setattr(files, "samples_as_csv", lambda trained, n, seed, given: "x")
    scored = SimpleNamespace(found=1, rows=9, detector=SimpleNamespace(threshold=2.0), path="outliers.csv")
    monkeypatch.setattr(outlier_files, "outlier_file", lambda net, run, source, output, quantile, by, which: scored)
    for name in ("encode_file", "decode_file", "reconstruct_file"):
        monkeypatch.setattr(files, name, lambda net, source, output, features=None: output)
    recommender = SimpleNamespace(
        table=SimpleNamespace(ids=SimpleNamespace(ids=((), ()))), recommend=lambda *users, **settings: {"user": []}
    )
    monkeypatch.setattr(recommend, "Recommender", lambda net: recommender)
    monkeypatch.setattr(load, "checkpoint_of", lambda run, which: run)
    monkeypatch.setattr(explain, "default_images", lambda net, checkpoint, methods, images: None)
    monkeypatch.setattr(explain, "explanations", lambda net, source, methods, **settings: [])
    monkeypatch.setattr(document_vectors_command, "run_path", str)
    monkeypatch.setattr(document_vectors, "DocumentInference", lambda trained, *, epochs, lr, seed: trained)
    monkeypatch.setattr(document_vectors, "write_document_vectors", lambda inference, source, output: output)
    answers = SimpleNamespace(neighbors=lambda *_: [], analogy=lambda *_: [], similarity=lambda *_: 0.5)
    for module in (neighbors, analogy, similarity):
        monkeypatch.setattr(module, "load_vectors", lambda found: answers)
    monkeypatch.setattr(board, "select_runs", lambda found, names, last: [])
    monkeypatch.setattr(board, "serve", lambda folder, port: None)
    monkeypatch.setattr(report, "write_report", lambda: "docs/RESULTS.md")
    found = SimpleNamespace(suggestion=0.1, directory=Path("run"))
    monkeypatch.setattr(lr_find, "find_learning_rate", lambda config, overrides, span: found)
    monkeypatch.setattr(sweep_export, "export_table", lambda sweep, style, *, columns, top: style)
    monkeypatch.setattr(write, "run_report", lambda run, output: run)
    monkeypatch.setattr(write, "sweep_report", lambda sweep, output: sweep)
    monkeypatch.setattr(reproduce, "rerun", lambda *given: "reproduced")


@pytest.fixture(scope="session")
def folder_with_runs(tmp_path_factory):
    """Return a folder with runs that have the names on the pages."""
    folder = tmp_path_factory.mktemp("runs")
    for suffix, lr in (("4bd5", 0.001), ("8349", 0.01), ("7efb", 0.1)):
        made_run(folder / "outputs" / "digits" / f"mlp-lr={lr}-max_epochs=10-1126-075738-{suffix}", made_config(lr=lr))
    return folder


@pytest.mark.parametrize(("command", "error"), COMMANDS, ids=[command for command, _ in COMMANDS])
def test_command_is_valid(command, error, without_work, folder_with_runs, tmp_path, monkeypatch):
    args = shlex.split(command, comments=True)[1:]
    if args[0] == "document_vectors":
        monkeypatch.chdir(tmp_path)
        (tmp_path / "new_letters.txt").touch()
    if args[0] == "runs":
        monkeypatch.chdir(folder_with_runs)
    if args[0] == "sample" and any(arg.startswith(("class=", "input=")) for arg in args):
        monkeypatch.setattr(load, "load", lambda run, which, allow: SimpleNamespace(generates=True, condition=None))
    if error is None:
        assert cli.dispatch(args) == 0
    else:
        with pytest.raises(UserError) as caught:
            cli.dispatch(args)
        assert str(caught.value) == error


def test_pages_have_commands():
    assert len(COMMANDS) > 40
    assert sum(error is not None for _, error in COMMANDS) > 3


def test_python_blocks_compile():
    texts = [text for _, text in fences("python")]
    assert len(texts) > 3
    for text in texts:
        compile(text, "docs", "exec")


def heading(line):
    """Return the anchor of a heading."""
    return re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_link_targets_exist(page):
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if link.startswith("https://"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert target.is_relative_to(ROOT / "docs") or target in PAGES, f"the web site lacks {link}"
        if anchor:
            headings = [heading(line) for line in target.read_text().splitlines() if line.startswith("#")]
            assert anchor in headings, link


def test_catalogue_is_up_to_date():
    is_equal = (ROOT / "docs" / "CATALOGUE.md").read_text() == catalogue.page()
    assert is_equal, "docs/CATALOGUE.md is out of date; run: python -m nnzoo.experiments.catalogue"


@pytest.mark.parametrize(("page", "group"), [("data", "data"), ("tasks", "loss"), ("tasks", "scheduler")])
def test_page_names_every_option(page, group):
    text = (ROOT / "docs" / f"{page}.md").read_text()
    assert not [name for name in options(group) if f"`{name}`" not in text]


def imported_names(text):
    """Yield (module, name) of what a block imports, and of what it takes from `nnzoo`."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "nnzoo":
            yield "nnzoo", node.attr


def test_python_blocks_import_what_there_is():
    names = {pair for _, text in fences("python") for pair in imported_names(text)}
    ours = sorted(pair for pair in names if pair[0].partition(".")[0] == "nnzoo")
    assert len(ours) > 40
    missing = [pair for pair in ours if pair != OF_THE_EXAMPLE and not hasattr(import_module(pair[0]), pair[1])]
    assert not missing
