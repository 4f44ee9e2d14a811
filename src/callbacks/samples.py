"""What a language model writes after a few epochs, and after many."""

import logging
from pathlib import Path
from textwrap import indent

import pytorch_lightning as pl
import torch

from ..errors import UserError
from ..preprocessing.tokens import TokenPreprocessing
from ..tasks.base import Task
from ..text.decoding import sample
from .undisturbed import undisturbed
from .writers import writers

log = logging.getLogger(__name__)


class Samples(pl.Callback):
    """Draw a text after epochs 1, 2, 5, 10, 20, 50 ... and the last: to TensorBoard, and to `samples.txt`.

    length: of a text, in tokens. It begins where texts begin, and always with the same random numbers. Only of language
    models; of other networks there is none. Aggarwal 7.2.1.1.
    """

    def __init__(self, *, length: int = 300) -> None:
        self.length = length
        self.epoch = 0  # the last one that was trained, counted from 1
        self.drawn = 0  # the last one after which a text was drawn

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw after some epochs."""
        if task.cursor is None or not task.cursor.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if str(self.epoch).rstrip("0") in ("1", "2", "5"):
            self._draw(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Draw at the end of training."""
        if self.drawn != self.epoch:
            self._draw(trainer, task)

    def _draw(self, trainer: pl.Trainer, task: Task) -> None:
        if task.spec.target != "next_token" or not trainer.is_global_zero:
            return
        self.drawn = self.epoch
        written = TokenPreprocessing.of(task.spec).tokenizer
        begin = torch.tensor([written.start])
        try:
            with undisturbed(task), trainer.precision_plugin.forward_context():
                ids = sample(
                    task.net,  # type: ignore[arg-type]
                    task.loss,
                    begin,
                    steps=self.length,
                    generator=torch.Generator().manual_seed(0),
                    exclude=written.never_sampled,
                )
        except UserError as error:
            log.warning("no sample: %s", error)
            return
        text = written.decode(ids)
        for writer in writers(trainer):
            writer.add_text("sample", indent(text, "    "), self.epoch)  # indented, it is not set as Markdown
        append(Path(trainer.default_root_dir) / "samples.txt", f"After epoch {self.epoch}", text)


def append(path: Path, heading: str, text: str) -> None:
    """Add a text under a heading, unless there is one: a resumed run draws the same again."""
    heading = f"{heading}\n{'-' * len(heading)}\n"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if heading not in before:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{heading}\n{text}\n\n")
