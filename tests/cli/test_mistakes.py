"""Mistaken command lines: one line on standard error, exit code 2, and nothing left behind."""

import pytest

from tests.support.commands import exit_code

LONG = "a" * 300  # longer than the names of files may be
TINY = ("model=mlp", "data=iris", "trainer.max_epochs=1", "trainer.accelerator=cpu", "callbacks.figures=null")
LIGHTNING = "pytorch_lightning"
CONFIGS = [
    (["scheduler=interval(0,1)"], "scheduler=interval(0,1) has several values; nnzoo train -m trains with each"),
    (["-m", "scheduler=interval(0,1)"], "'scheduler=interval(0,1)': scheduler takes names of options"),
    (["-m", "scheduler=range(3)"], "scheduler takes names of options, as scheduler=NAME,NAME, not numbers; nnzoo list"),
    (["task=glob(*)"], "task=glob(*) has several values"),
    (["optimizer.eps=choice(1,2)"], "optimizer.eps=choice(1,2) has several values"),
    ([f"model={LONG}"], f"unknown model '{LONG}'"),
    ([f"+{LONG}"], f"cannot read '+{LONG}'; a setting has the form key=value"),
    ([f"callbacks.{LONG}=1"], f"unknown key 'callbacks.{LONG}'"),
    (["trial=3"], "trial is filled in by nnzoo; leave it out"),
    (["sweep=random", "sweep.trials=2", "sweep.timeout=${nothing}"], "sweep.timeout: Interpolation key 'nothing'"),
    (["cv=${data}"], "cv: While dereferencing interpolation"),
    (["seeds=1000000000000"], "seeds is 1000000000000; it must be from 1 to 100000"),
    (["cv=1000000000000"], "cv is 1000000000000; it must be from 2 to 100000"),
    (["-m", "seed=range(1000000000000)"], "a range takes a step that is not 0 and has at most 100000 values"),
    (["-m", "model.dropout=0.1,choice(0.2,0.3)"], "several values are single values, not ranges"),
]
PARTS = [
    (["model.hidden=[1000000000000000]"], "their gradients take more than the"),
    (["model.hidden=[12345678901234567890]"], "MLP: empty(): argument 'size' failed to unpack the object at pos 1"),
    (["init='normal(-1)'"], "the size must be finite and at least 0"),
    (["-m", "seeds=2", "sweep.workers=0", "init='normal(-1)'"], "the size must be finite and at least 0"),
    (["-m", "seeds=2", "sweep.workers=0", "sweep.dir=a/b", "init='normal(-1)'"], "the size must be finite"),
    ([f"vectors={LONG}"], f"cannot use {'a' * 80}...: File name too long"),
    ([f"+callbacks.c._target_={LIGHTNING}.callbacks.SpikeDetection"], "callbacks.c: SpikeDetection reads the losses"),
    ([f"+logger.l._target_={LIGHTNING}.loggers.CSVLogger"], "CSVLogger: missing 1 required positional argument"),
]


def refusal(args, folder, capsys):
    """Return the line of a command that is refused and leaves nothing."""
    assert exit_code("train", *args) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("nnzoo: ")
    assert "bug in nnzoo" not in line
    assert "frame #" not in line
    assert not [*folder.iterdir()]
    return line


@pytest.mark.parametrize(("args", "reason"), CONFIGS, ids=lambda value: str(value)[:40])
def test_mistakes_in_a_config(tmp_path, monkeypatch, capsys, args, reason):
    monkeypatch.chdir(tmp_path)
    assert reason in refusal(["model=mlp", "data=iris", *args], tmp_path, capsys)


@pytest.mark.parametrize(("args", "reason"), PARTS, ids=lambda value: str(value)[:40])
def test_mistakes_that_a_part_of_the_run_finds(tmp_path, monkeypatch, capsys, args, reason):
    monkeypatch.chdir(tmp_path)
    assert reason in refusal([*TINY, *args], tmp_path, capsys)


def test_flags_with_an_optional_value_after_the_settings(capsys):
    for flags in (["--info"], ["-i"], ["-i", "searchpath"], ["--info=all"]):
        assert exit_code("train", "model=mlp", "data=iris", *flags) == 0
        out = capsys.readouterr()
        assert "pkg://nnzoo.configs" in out.out
        assert not out.err
