import io
import logging
import sys

from nnzoo.cli.progress_lines import network_on_data, progress_lines

LOG = logging.getLogger("nnzoo.progress")


def test_what_is_trained_and_then_what_the_run_logs(capsys):
    before = LOG.level, list(LOG.handlers)
    with progress_lines("mlp on iris"):
        assert capsys.readouterr().err == "training     mlp on iris\n"  # at once
        LOG.info("epoch %d", 1)
    LOG.info("not shown")
    assert capsys.readouterr() == ("", "epoch 1\n")
    assert (LOG.level, list(LOG.handlers)) == before


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
