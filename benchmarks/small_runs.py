"""A small trained run and a table for it, for scenarios in which commands use a run."""

import shutil
from pathlib import Path

from forked import in_process

TINY = ("trainer.accelerator=cpu", "trainer.threads=1", "callbacks.figures=null")
TRAIN = ("train", "model=mlp", "model.hidden=[4]", "data=iris", *TINY, "output_dir=outputs")
TABLE = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm)\n5.1,3.5,1.4,0.2\n6.0,2.9,4.5,1.5\n"


def make(folder: Path, *settings: str) -> None:
    """Train `run` and write `table.csv` in a new folder."""
    folder.mkdir()
    ended = in_process([*TRAIN, *settings], folder)
    assert ended.code == 0, ended.errors
    shutil.move(next((folder / "outputs").glob("*/*")), folder / "run")
    shutil.rmtree(folder / "outputs")
    (folder / "table.csv").write_text(TABLE)
