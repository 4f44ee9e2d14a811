import io
import logging
import sys
import time
from contextlib import suppress

from nnzoo.cli import progress_lines as module
from nnzoo.cli.progress_lines import network_on_data, progress_lines

LOG = logging.getLogger("nnzoo.progress")


def test_what_is_trained_and_then_what_the_run_logs(capsys):
    before = LOG.level, list(LOG.handlers)
    with progress_lines("mlp on iris"):
        LOG.info("epoch %d", 1)
        LOG.info("epoch %d", 2)
    LOG.info("not shown")
    assert capsys.readouterr() == ("", "training     mlp on iris\nepoch 1\nepoch 2\n")
    assert (LOG.level, list(LOG.handlers)) == before


def test_what_is_trained_while_data_is_read(capsys, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with progress_lines("mlp on iris"):
        deadline = time.monotonic() + 10
        while not (shown := capsys.readouterr().err) and time.monotonic() < deadline:
            time.sleep(0.01)
        LOG.info("epoch 1")
    assert shown == "training     mlp on iris\n"
    assert capsys.readouterr().err == "epoch 1\n"


def test_an_error_found_at_once_is_all_that_is_printed(capsys):
    with suppress(ValueError), progress_lines("mlp on iris"):
        raise ValueError
    assert capsys.readouterr() == ("", "")


def test_a_closed_stream_does_not_stop_the_run(monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
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
