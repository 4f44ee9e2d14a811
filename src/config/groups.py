"""The config groups, whose options can be chosen, listed and described. A leaf module."""

GROUPS = {
    "models": "model",
    "data": "data",
    "transforms": "transforms",
    "losses": "loss",
    "rules": "rule",
    "optimizers": "optimizer",
    "schedulers": "scheduler",
    "heads": "head",
    "tasks": "task",
    "penalties": "penalties",
    "metrics": "metrics",
    "evaluations": "evaluations",
    "trainer": "trainer",
    "loader": "loader",
    "callbacks": "callbacks",
    "loggers": "logger",
    "sweeps": "sweep",
    "pruners": "pruner",
    "launchers": "launcher",
    "experiments": "experiment",
    "debug": "debug",
}
"""Name in `nnzoo list` -> name of the config group on the command line."""
DICT_GROUPS = ("metrics", "penalties", "evaluations", "transforms", "callbacks", "logger")
"""Groups whose options map names to objects."""
