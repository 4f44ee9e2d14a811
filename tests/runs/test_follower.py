from pathlib import Path

from nnzoo.runs.directory import RunDirectory
from nnzoo.runs.follower import FollowerDirectory


def files(path: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_other_processes_of_a_run_write_nothing(tmp_path: Path) -> None:
    first = RunDirectory.create(tmp_path, "run")
    first.write_setup({"seed": 1}, ["seed=1"])
    first.set_status("running")
    (first.path / f".{first.metrics_file.name}.123").write_text("a draft of the first process")
    before = files(tmp_path)
    other = FollowerDirectory(first.path)
    other.remove_drafts()
    other.write_setup({"seed": 2}, [])
    other.write_data({"digest": "1"})
    other.write_results({"test/last": {"acc": 1.0}})
    other.write_outlier_scores({"quantile": 0.9})
    other.set_status("failed", "message")
    other.restore_setup({"config.yaml": None})
    with other.log():
        print("a line")
    assert files(tmp_path) == before
    assert other.config() == {"seed": 1}
