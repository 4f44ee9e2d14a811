"""Texts that a language model generates during training."""

import logging
from pathlib import Path
from textwrap import indent

import pytorch_lightning as pl
import torch

from ..errors import UserError
from ..preprocessing.tokens import TokenPreprocessing
from ..tasks.base import Task
from ..text.decoding import sample
from .evaluation import isolated_evaluation
from .writers import writers

log = logging.getLogger(__name__)


class Samples(pl.Callback):
    """Sample a text after epochs 1, 2, 5, 10, 20, 50 ... and the last epoch: to TensorBoard and to `samples.txt`.

    length: tokens per text. Every text starts with the start token and the same random seed. Only language models are
    sampled. Aggarwal 7.2.1.1. Raises UserError for `length` below 1.
    """

    def __init__(self, *, length: int = 300) -> None:
        if length < 1:
            raise UserError(f"length is {length}; it must be at least 1")
        self.length = length
        self.epoch = 0  # the last trained epoch, counted from 1
        self.sampled_epoch = 0  # the last epoch with a text

    def on_train_epoch_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Sample after epochs 1, 2, 5, 10, 20, 50 ..."""
        if task.cursor is None or not task.cursor.finished:
            return
        self.epoch = trainer.current_epoch + 1
        if str(self.epoch).rstrip("0") in ("1", "2", "5"):
            self._sample(trainer, task)

    def on_train_end(self, trainer: pl.Trainer, task: Task) -> None:  # type: ignore[override]
        """Sample at the end of training."""
        if self.sampled_epoch != self.epoch:
            self._sample(trainer, task)

    def _sample(self, trainer: pl.Trainer, task: Task) -> None:
        if task.spec.target != "next_token" or not trainer.is_global_zero:
            return
        self.sampled_epoch = self.epoch
        tokenizer = TokenPreprocessing.of(task.spec).tokenizer
        begin = torch.tensor([tokenizer.start])
        try:
            with isolated_evaluation(task), trainer.precision_plugin.forward_context():
                ids = sample(
                    task.net,  # type: ignore[arg-type]
                    task.loss,
                    begin,
                    steps=self.length,
                    generator=torch.Generator().manual_seed(0),
                    exclude=tokenizer.never_sampled,
                )
        except UserError as error:
            log.warning("no text was sampled: %s", error)
            return
        text = tokenizer.decode(ids)
        for writer in writers(trainer):
            writer.add_text("sample", indent(text, "    "), self.epoch)  # indented text is not rendered as Markdown
        append(Path(trainer.default_root_dir) / "samples.txt", f"After epoch {self.epoch}", text)


def append(path: Path, heading: str, text: str) -> None:
    """Append a text under a heading. Does nothing if the heading exists, since a resumed run repeats its texts."""
    heading = f"{heading}\n{'-' * len(heading)}\n"
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if heading not in before:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{heading}\n{text}\n\n")
