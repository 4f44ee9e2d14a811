"""Objects from Python in configs."""

from nnzoo.config.from_python import nodes


def test_nodes_of_damaged_configs() -> None:
    metric = {"_target_": "mine.F1"}
    assert dict(nodes({"metrics": {"f1": metric, "acc": None}, "model": {"_target_": "mine.Net"}})) == {
        "metrics.f1": metric,
        "model": {"_target_": "mine.Net"},
    }
    for damaged in ("x", 3, None, [metric]):
        assert not dict(nodes({"metrics": damaged, "callbacks": damaged, "model": damaged}))
