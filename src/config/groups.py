"""The config groups: what can be chosen, listed and described. A leaf."""

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
    "trainer": "trainer",
    "loader": "loader",
    "callbacks": "callbacks",
    "loggers": "logger",
    "experiments": "experiment",
    "debug": "debug",
}
"""Kind, as it is listed -> config group, as it is chosen on the command line."""
