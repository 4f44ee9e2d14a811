"""The commands and snippets of the page for a class run and show what the page shows."""

import re

from tests.support.pages import Session, blocks
from tests.support.paths import ROOT

SHORT = {  # settings with which a command takes a moment
    "gradient_norms": " steps=2 seeds=1 examples=4 data.train=20 models=[rnn,irnn]",
    "train": " trainer.max_epochs=1 ~callbacks.figures",
}


class Short(Session):
    """Runs the commands that show no output for a moment."""

    def run_command(self, line: str) -> tuple[int, str]:
        """Return exit code and output of a command."""
        return super().run_command(line + SHORT.get(line.split()[1] if line.startswith("nnzoo ") else "", ""))

    def run_python(self, text: str) -> None:
        """Run the statements of a block, with fewer steps."""
        super().run_python(
            text.replace('models=["rnn", "lstm"], seeds=2, steps=20', 'models=["rnn"], seeds=1, steps=1')
        )


def test_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    session = Short(brief=False)
    page = ROOT / "docs" / "teaching.md"
    for block in blocks(page):
        session.run(block)
    pictures = {path.name for path in tmp_path.glob("*.png")}
    text = page.read_text(encoding="utf-8")
    shown = set(re.findall(r"\]\(images/(.*?)\)", text))
    assert shown
    assert shown <= pictures
    assert all((ROOT / "docs" / "images" / name).is_file() for name in shown)
