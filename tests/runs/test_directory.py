import json
import logging
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from nnzoo.errors import UserError
from nnzoo.runs import directory
from nnzoo.runs.atomic import write, write_json
from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.environment import commit, environment
from nnzoo.runs.log import log_to_file
from nnzoo.runs.names import NAME_LENGTH, run_name, safe_name


def test_name_contains_overrides() -> None:
    choices = {"model": "mlp", "data": "digits"}
    overrides = ["model=mlp", "optimizer.lr=0.1", "output_dir=/somewhere", "trainer.threads=2", "~callbacks.best"]
    assert run_name(choices, overrides) == "mlp-lr=0.1-best="  # the parent folder has the name of the data
    assert run_name(choices | {"experiment": "mmds/digits"}, overrides) == "mlp-digits-lr=0.1-best="
    many = ["model=mlp", "trainer.max_epochs=200", "data.seed=3", "optimizer.lr=0.1"]
    assert run_name(choices, many) == "mlp-seed=3-lr=0.1-max_epochs=200"
    folds = ["optimizer.lr=0.1", "trainer.devices=2", "fold=2", "cv=5", "allow=[a]", "trainer.accelerator=cpu"]
    assert run_name(choices, folds) == "mlp-fold=2-cv=5-lr=0.1-devices=2"
    assert run_name(choices, ["model.cell._target_=nnzoo.layers.cells.gru.GRU"]) == "mlp-cell=GRU"


def test_name_has_no_quotation_marks() -> None:
    choices = {"model": "mlp", "data": "array"}
    assert run_name(choices, ["data.path='данные 2.npz'"]) == "mlp-path=данные_2.npz"


@pytest.mark.parametrize("name", ["網路" * 45, "é" * 300, "a" + "🙂網" * 90, "x" * 300])
def test_names_fit_into_a_file_system(name: str, tmp_path: Path) -> None:
    path = RunDirectory.create(tmp_path, safe_name(name)).path
    assert len(os.fsencode(path.name)) <= 255
    assert path.is_dir()
    assert "�" not in path.name
    kept = safe_name(name)
    assert len(kept) > 60
    assert name.startswith(kept) or "🙂" in name


@pytest.mark.parametrize("name", ["a/b", "../x", "a b:c*?", "x" * 300, "..", "größe", "a\nb"])
def test_names_are_safe_in_paths(name: str) -> None:
    safe = safe_name(name)
    assert len(safe) <= NAME_LENGTH
    assert Path(safe).name == safe != ".."
    assert not set(safe) & set("/:*? \n")


def test_concurrent_directories_are_different(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = iter(range(10_000))
    monkeypatch.setattr(directory.secrets, "token_hex", lambda _: f"{next(short) % 5}")  # suffixes that collide
    monkeypatch.setattr(directory.time, "strftime", lambda _: "0101-000000")
    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda _: RunDirectory.create(tmp_path / "new" / "deep", "run").path, range(5)))
    assert len(set(made)) == 5
    assert all(path.is_dir() for path in made)


def test_four_processes_in_one_second(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from nnzoo.runs.directory import RunDirectory; "
        f"print(RunDirectory.create(Path({str(tmp_path)!r}), 'run').path)"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(4)]
    made = {process.communicate()[0] for process in started}
    assert len(made) == 4 == len(os.listdir(tmp_path))


def test_output_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is not a directory"):
        RunDirectory.create(tmp_path / "file", "run")
    with pytest.raises(UserError, match=r"cannot write to output_dir .*: Not a directory"):
        RunDirectory.create(tmp_path / "file" / "below", "run")
    with pytest.raises(UserError, match="cannot write to output_dir /proc/none"):
        RunDirectory.create(Path("/proc/none"), "run")


def test_status(tmp_path: Path) -> None:
    assert RunDirectory(tmp_path).status() == "unknown"
    RunDirectory(tmp_path).set_status("failed", "why")
    assert RunDirectory(tmp_path).status() == "failed"
    assert json.loads((tmp_path / "status.json").read_text())["message"] == "why"
    (tmp_path / "status.json").write_text('{"sta')
    assert RunDirectory(tmp_path).status() == "unknown"


def test_results_are_valid_json(tmp_path: Path) -> None:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    measured = {"test/last": {"r2": math.nan, "loss": math.inf, "errors": 3.0}}
    write_json(tmp_path / "results.json", measured)
    read = json.loads((tmp_path / "results.json").read_text(), parse_constant=refuse)
    assert read == {"test/last": {"r2": None, "loss": None, "errors": 3.0}}
    found = RunDirectory(tmp_path).results()["test/last"]
    assert math.isnan(found["r2"])
    assert math.isnan(found["loss"])
    assert found["errors"] == 3.0


def test_output_directory_below_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert RunDirectory.create(Path("~/mine"), "run").path.parent == tmp_path / "mine"


def test_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "status.json"
    write(path, "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["status.json"]


def test_invalid_configs(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        RunDirectory(tmp_path / "nowhere").config()
    with pytest.raises(UserError, match=r"is not a run directory \(no config.yaml\)"):
        RunDirectory(tmp_path).config()
    for text in (b"a: [1", b"- 1\n- 2\n", b"", b"\xff\xfe\x00", b"!!python/object/apply:os.mkdir [/tmp/never]"):
        (tmp_path / "config.yaml").write_bytes(text)
        with pytest.raises(UserError, match=r"config\.yaml (cannot be read|is not the config of a run)") as caught:
            RunDirectory(tmp_path).config()
        assert "\n" not in str(caught.value)
    assert not Path("/tmp/never").exists()


def test_log_holds_records_and_the_traceback(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    handlers = list(logging.getLogger().handlers)

    def fail() -> None:
        logging.getLogger("somebody").warning("careful")
        raise ZeroDivisionError("by zero")

    with pytest.raises(ZeroDivisionError), log_to_file(tmp_path / "run.log"):
        fail()
    text = (tmp_path / "run.log").read_text()
    assert "WARNING somebody: careful" in text
    assert "Traceback" in text
    assert "ZeroDivisionError: by zero" in text
    assert logging.getLogger().handlers == handlers
    assert capfd.readouterr() == ("", "")


def test_log_on_a_full_disk_prints_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "run.log").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"), log_to_file(tmp_path / "run.log"):
        logging.getLogger("somebody").warning("careful")
    assert capfd.readouterr().err == ""


def test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/nnzoo", "train", "seed=1"])
    found = environment()
    assert found["command"] == ["nnzoo", "train", "seed=1"]
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"nnzoo", "torch", "pytorch-lightning", "hydra-core", "commit", "platform", "threads"} <= found.keys()
    assert json.loads(json.dumps(found)) == found


def test_outside_a_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")  # no git
    assert commit() is None


def test_tags(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert run.tags() == []
    run.write_tags(["b", "a", "b"])
    assert run.tags() == ["a", "b"]
    assert json.loads((tmp_path / "tags.json").read_text()) == {"tags": ["a", "b"]}
    (tmp_path / "tags.json").write_text('{"tags": [1]}')
    with pytest.raises(UserError, match=r"tags\.json has no list of tags"):
        run.tags()


@pytest.mark.parametrize("content", [b'{"sta', b"\xff", b"[1]", b"[" * 100_000])
def test_damaged_files(tmp_path: Path, content: bytes) -> None:
    run = RunDirectory(tmp_path)
    for name in ("env.json", "results.json", "status.json", "tags.json"):
        (tmp_path / name).write_bytes(content)
    for read in (run.environment, run.results, run.state, run.tags):
        with pytest.raises(UserError, match=r"\.json (cannot be read: |is damaged: it is not a JSON object)") as caught:
            read()
        assert "\n" not in str(caught.value)
    assert run.status() == "unknown"
    (tmp_path / "overrides.yaml").write_bytes(b"\xff")
    with pytest.raises(UserError, match=r"overrides\.yaml cannot be read"):
        run.overrides()


@pytest.mark.parametrize("size", [5, 2000])
def test_both_yaml_loaders_read_the_same(tmp_path: Path, size: int) -> None:
    config = {"a": list(range(size)), "b": {"c": None, "d": 1e-8, "e": True, "f": "größe"}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True))
    assert RunDirectory(tmp_path).config() == config


def test_results_that_changed_after_the_run_are_named(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.write_results({"test/last": {"acc": 0.25}})
    run.metrics_file.write_text("epoch,val/acc\n1,0.5\n")
    run.set_status("done", checksums=run.checksums())
    assert (run.results(), run.history()) == ({"test/last": {"acc": 0.25}}, [{"epoch": 1, "val/acc": 0.5}])
    for path, read in ((tmp_path / "results.json", run.results), (run.metrics_file, run.history)):
        text = path.read_text()
        path.write_text(text.replace("5", "6"))
        with pytest.raises(UserError, match=rf"{path.name} is damaged: it has changed since the run wrote it"):
            read()
        path.write_text(text)
        read()
    run.set_status("running")  # a resumed run writes them again
    run.metrics_file.write_text("epoch,val/acc\n1,0.75\n")
    assert run.history() == [{"epoch": 1, "val/acc": 0.75}]


def test_the_set_up_of_a_run_is_restored(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.write_setup({"a": 1}, ["a=1"])
    (tmp_path / "env.json").unlink()
    (tmp_path / "data.json").write_bytes(b"\xff")  # damaged files, too
    before = run.read_setup()
    run.write_setup({"a": 2}, ["a=2"])
    run.set_status("running")
    run.restore_setup(before)
    assert (run.overrides(), run.read_setup()) == (["a=1"], before)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.yaml", "data.json", "overrides.yaml"]
