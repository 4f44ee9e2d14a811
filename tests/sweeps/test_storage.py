"""A study that several sweeps share: two commands on one PostgreSQL server."""

import json
import subprocess
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

import pytest
from nnzoo.errors import UserError
from nnzoo.runs.directory import RunDirectory
from nnzoo.sweeps import locks
from nnzoo.sweeps.study import check_storage

from tests.support import postgresql

needs_server = pytest.mark.skipif(
    postgresql.program("initdb") is None or postgresql.program("postgres") is None,
    reason="there is no PostgreSQL server: apt-get install postgresql",
)
needs_driver = pytest.mark.skipif(
    find_spec("psycopg") is None, reason="psycopg is missing: pip install psycopg[binary]"
)


@pytest.mark.slow
@needs_server
@needs_driver
def test_two_commands_share_the_trials_of_one_study(tmp_path: Path) -> None:
    """Each trial runs once, in the sweep of one of the two processes, and no trial is left out."""
    with postgresql.server() as url:
        command = [sys.executable, "-m", "nnzoo", "train", "-m", "model=linear", "data=iris", "trainer.accelerator=cpu"]
        command += ["trainer.max_epochs=1", "callbacks=none", "optimizer.lr=0.1,0.2,0.3,0.4"]
        command += ["sweep.workers=0", "sweep.study=shared", f"sweep.storage={url}", f"output_dir={tmp_path}"]
        settings = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        processes = [subprocess.Popen(command, **settings) for _ in range(2)]
        outputs = [process.communicate()[0] for process in processes]
        assert [process.returncode for process in processes] == [0, 0], outputs
        trials = finished_trials(url)
    assert [number for number, _ in trials] == [0, 1, 2, 3]
    assert sorted(rate for _, rate in trials) == ["0.1", "0.2", "0.3", "0.4"]
    runs = [path for path in tmp_path.glob("sweeps/*/*/") if (path / "config.yaml").is_file()]
    assert sorted(int(path.name.partition("-")[0]) for path in runs) == [0, 1, 2, 3]
    assert all(RunDirectory(path).status() == "done" for path in runs)
    for number, rate in trials:
        (path,) = (each for each in runs if each.name.startswith(f"{number}-"))
        assert f"optimizer.lr={rate}" in RunDirectory(path).overrides()


def finished_trials(url: str) -> list[tuple[int, str]]:
    """Return number and learning rate of the finished trials, read from the tables of Optuna."""
    import psycopg

    statement = """
        SELECT number, param_value, distribution_json FROM trials JOIN trial_params USING (trial_id)
        WHERE state = 'COMPLETE' ORDER BY number
    """
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        rows = connection.execute(statement).fetchall()
    return [(number, json.loads(choices)["attributes"]["choices"][int(value)]) for number, value, choices in rows]


@needs_server
@needs_driver
def test_the_lock_of_a_study_lets_one_process_in(tmp_path: Path) -> None:
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with postgresql.server() as url:
        import psycopg

        other = "import sys; from nnzoo.sweeps.locks import locked\nwith locked(sys.argv[1], 'a'): print('inside')"
        with locks.locked(url, "a"), locks.locked(url, "b"):
            process = subprocess.Popen([sys.executable, "-c", other, url], stdout=subprocess.PIPE, text=True)
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
                while connection.execute(waiting).fetchone() == (0,):
                    assert process.poll() is None
        assert process.communicate(timeout=60)[0] == "inside\n"


@needs_driver
def test_a_server_that_does_not_answer_is_a_one_line_error(tmp_path: Path) -> None:
    storage = f"postgresql+psycopg://me:secret@/postgres?host={tmp_path}"
    with pytest.raises(
        UserError, match=r"^cannot open the study in postgresql\+psycopg://me:\*\*\*@.*Error: "
    ) as error:
        check_storage(storage)
    assert "\n" not in str(error.value)


def test_the_lock_of_a_file_is_waited_for(tmp_path: Path) -> None:
    url, order = f"sqlite:///{tmp_path / 'all.db'}", list[str]()

    def other() -> None:
        with locks.locked(url, "b"):
            order.append("other")

    thread = threading.Thread(target=other)
    with locks.locked(url, "a"):
        assert (tmp_path / "all.db.lock").is_file()
        thread.start()
        thread.join(0.3)
        order.append("first")
    thread.join(60)
    assert order == ["first", "other"]


@pytest.mark.parametrize("url", [None, "sqlite://", "sqlite:///:memory:", "mysql+pymysql://host/db"])
def test_storages_without_a_lock(url: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    entered = False
    with locks.locked(url, "a"), locks.locked(url, "a"):
        entered = True
    assert entered
    assert not [*tmp_path.iterdir()]


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UserError, match=r"it needs psycopg: pip install 'nnzoo\[postgresql\]'$"):
        check_storage("postgresql+psycopg://me:secret@host/postgres")
