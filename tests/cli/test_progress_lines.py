import io
import logging
import sys
import time
from contextlib import suppress

from nnzoo.cli import progress_lines as module
from nnzoo.cli.progress_lines import network_on_data, progress_lines

LOG = logging.getLogger("nnzoo.progress")


def lines_until(capsys, text):
    """Return what is printed until it contains a text, for at most ten seconds."""
    shown, deadline = "", time.monotonic() + 10
    while text not in shown and time.monotonic() < deadline:
        time.sleep(0.01)
        shown += capsys.readouterr().out
    return shown


def test_what_is_trained_and_then_what_the_run_logs(capsys, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    before = LOG.level, list(LOG.handlers)
    with progress_lines("mlp on iris"):
        assert lines_until(capsys, "iris\n") == "training     mlp on iris\n"
        LOG.info("epoch %d", 1)
        LOG.info("epoch %d", 2)
    LOG.info("not shown")
    assert capsys.readouterr() == ("epoch 1\nepoch 2\n", "")
    assert (LOG.level, list(LOG.handlers)) == before


def test_the_newest_line_about_an_epoch_follows_the_silence(capsys):
    with progress_lines("mlp on iris"):
        (handler,) = [each for each in LOG.handlers if isinstance(each, module.Lines)]
        LOG.info("epoch 1")
        LOG.info("epoch 2")
        handler.write_head()
        LOG.info("epoch 3")
    assert capsys.readouterr() == ("training     mlp on iris\nepoch 2\nepoch 3\n", "")


def test_a_short_run_prints_neither(capsys):
    with progress_lines("mlp on iris"):
        LOG.info("epoch 1")
    assert capsys.readouterr() == ("", "")


def test_an_error_found_at_once_is_all_that_is_printed(capsys):
    with suppress(ValueError), progress_lines("mlp on iris"):
        raise ValueError
    assert capsys.readouterr() == ("", "")


def test_a_closed_stream_does_not_stop_the_run(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    with progress_lines("mlp on iris"):
        stream.close()
        LOG.info("epoch 1")


def test_names_or_the_path():
    config = {"choices": {"model": "mlp", "data": "array"}, "model": {"_target_": "a.B"}, "data": {"path": "my.csv"}}
    assert network_on_data(config) == "mlp on my.csv"
    config["data"] = {"_target_": "nnzoo.data.Iris"}
    assert network_on_data(config) == "mlp on array"
    config["choices"] = {}
    assert network_on_data(config) == "a.B on nnzoo.data.Iris"
