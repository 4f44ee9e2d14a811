"""Paths of modules in earlier versions and in this version, for classes that a `_target_` may name."""

PACKAGES: dict[str, dict[str, str]] = {
    "nnzoo.layers.cells": {
        "scan": "scan",
        "lstm_scan": "lstm_scan",
        "layer_norm_scan": "layer_norm_scan",
    },
    "nnzoo.layers.conv": {
        "partial_conv": "connection_table",
        "subsampling": "subsampling",
    },
    "nnzoo.layers.linear": {
        "partial_linear": "sparse",
        "positive_linear": "positive",
        "tied_linear": "tied",
        "threshold": "threshold",
        "maxout": "maxout",
    },
    "nnzoo.layers.embeddings": {
        "id_embedding": "ids",
        "tokens": "tokens",
    },
    "nnzoo.losses.margin": {
        "margin": "base",
        "hinge": "hinge",
        "squared_hinge": "squared_hinge",
        "logistic": "logistic",
        "perceptron": "perceptron",
        "sign_squared": "sign_squared",
        "widrow_hoff": "widrow_hoff",
        "least_absolute": "least_absolute",
        "zero_one": "zero_one",
    },
    "nnzoo.losses.multiclass": {
        "cross_entropy": "cross_entropy",
        "multiclass_perceptron": "perceptron",
        "weston_watkins": "weston_watkins",
        "hierarchical_softmax": "hierarchical_softmax",
        "trees": "trees",
    },
    "nnzoo.losses.regression": {
        "squared": "squared",
        "absolute": "absolute",
        "huber": "huber",
    },
    "nnzoo.losses.adversarial": {
        "adversarial": "base",
        "minimax": "minimax",
        "non_saturating": "non_saturating",
    },
    "nnzoo.data.images": {
        "digits": "digits",
        "mnist": "mnist",
        "image_folder": "image_folder",
    },
    "nnzoo.data.sequences": {
        "adding": "adding",
        "airline": "airline",
        "copy_memory": "copy_memory",
        "forecast": "forecast",
        "latch": "latch",
        "mackey_glass": "mackey_glass",
        "reber": "reber",
        "series": "series",
        "sines": "sines",
        "string_rules": "string_rules",
        "drawn": "synthetic",
    },
    "nnzoo.data.text": {
        "conll": "conll",
        "polarity": "polarity",
        "text": "language_model",
    },
    "nnzoo.data.tables": {
        "tables": "bundled",
        "ionosphere": "ionosphere",
        "array": "array",
    },
    "nnzoo.data.points": {
        "bits": "bits",
        "disjunction": "disjunction",
        "planes": "planes",
        "ring": "ring",
        "textbook": "textbook",
        "waves": "waves",
    },
    "nnzoo.tasks.learners": {
        "adversarial": "adversarial",
        "closed_form": "closed_form",
        "fisher": "fisher",
        "local_rule": "local_rule",
        "newton": "newton",
        "pocket": "pocket",
        "rule": "rule",
        "tree": "tree",
    },
}
"""Package -> {earlier name of a module in the parent package: its name in this package}."""

MOVED: dict[str, str] = {
    f"{package.rpartition('.')[0]}.{old}": f"{package}.{new}"
    for package, modules in PACKAGES.items()
    for old, new in modules.items()
}
"""Earlier path of a module -> its path in this version."""
