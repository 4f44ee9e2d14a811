"""Command lines from the real grammar with mistakes in them: a line is a function of its number.

Names of options and keys are read from the configs, commands and arguments are those of `nnzoo --help`.
"""

import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from nnzoo.config.files import options
from nnzoo.config.groups import GROUPS

SMALL = (  # what keeps a line that trains short; later settings of the line replace it
    *("trainer.max_epochs=1", "trainer.limit_train_batches=2", "trainer.limit_val_batches=1", "trainer.threads=1"),
    "trainer.max_steps=20",
    *("trainer.accelerator=cpu", "callbacks.figures=null"),
)
PAIRS = (  # of a network and data that it takes
    *(("mlp", "iris"), ("mlp", "iris"), ("mlp", "wine"), ("lenet5", "digits"), ("lenet5", "digits"), ("gru", "reber")),
    *(("lstm", "adding"), ("rnn", "sines"), ("matrix_factorization", "toy_ratings"), ("autoencoder", "iris")),
    *(("vae", "digits"), ("rbm", "xor"), ("perceptron", "disjunction"), ("deepwalk", "karate"), ("ar", "airline")),
    *(("seq2seq", "reverse"), ("pca", "iris"), ("polynomial", "noisy_curve"), ("ridge", "noisy_curve")),
    *(("autoencoder_ensemble", "planted_outliers"), ("linear_svm", "iris"), ("esn", "mackey_glass"), ("gan", "ring")),
)
NUMBERS = (
    *("-1", "0", "1", "2", "3", "7", "64", "0.5", "0.9", "1.5", "-0.5", "-0.0", "1e-300", "1e12", "99999", "100000"),
    *("1000000000000", "-1000000000", "12345678901234567890", "1e400", "nan", "inf", "-inf", "null", "true", "false"),
    *(
        "[0.9]",
        "[3]",
        "[0]",
        "[-1,2]",
        "[1000000000000]",
        "[]",
        "[2,2,2]",
        "[null]",
        "none",
        "auto",
        "mean",
        "relu",
        "tanh",
    ),
)
WRONG = (
    *("0x10", "1_000", "007"),
    *("", "''", '""', "x", "None", "auto", "[]", "{}", "[null]", "[1]", "[0.5]", "[-1]", "[x,y]", "[[1],[2]]"),
    *("{a:1}", "{a:{b:[1]}}", "[{a:1}]", "{1:2}", "{_target_:os.mkdir}", "[0.9]", "[0.9,0.99,0.999]", "[1.5,2]"),
    *("interval(0,1)", "glob(*)", "range(3)", "choice(1,2)", "tag(log,interval(1e-4,1))", "sort(3,1)", "int(x)"),
    *("1,2", "a,b", "1,", ",", "[1", "{a", "'x", 'x"', "a b", "'a b'", "a=b", "=", "a:b", "(1)", "f(x)", "a#b", "%d"),
    *("ü", "名前", "🙂", "a\u0301", "\u200b", "a\nb", "a\tb", "\\", "a\\b", "C:\\x", "\\\\host\\x", "~", "~nobody/x"),
    *("$HOME", "$HOME/x", "${seed}", "${nothing}", "${oc.env:HOME}", "${oc.env:NOTHING}", "${", "$", "???", "${data}"),
    *("normal(-1)", "normal()", "uniform(1,0)", "constant(x)", "../x", "/", ".", "/dev/null", "a" * 300, "é" * 200),
    *("-", "--", "--help", "-m", "*", "?", "!", "a/b", "a.b", "a.b.C", "torch.nn.Linear", "os.system", "__main__.X"),
    *("nnzoo.models.mlp.MLP", "torch.optim.SGD", "torch.nn.ReLU", "pytorch_lightning.callbacks.Timer"),
)
CHOSEN = {"model": "mlp", "data": "iris", "optimizer": "adam", "callbacks": "default", "logger": "default"}
FLAGS: tuple[str, ...]
FLAGS = ("-m", "--multirun", "--cfg", "--cfg=job", "--info", "--resolve", "-c", "--package", "--config-dir", "--help")
FLAGS += ("--config-name=x", "--json", "--csv", "--nothing", "-x", "--", "--shell-completion", "--run", "--hydra-help")
KEYS: tuple[str, ...]
KEYS = ("seed", "cv", "fold", "seeds", "init", "vectors", "freeze_vectors", "class_weight", "evaluate", "output_dir")
KEYS += ("name", "allow", "choices", "claim", "trial", "debug", "resume", "hydra.run.dir", "hydra/launcher", "nothing")
KEYS += tuple(
    f"sweep.{name}" for name in ("trials", "metric", "workers", "strategy", "params", "timeout", "top", "dir")
)
TRAINER: tuple[str, ...]
TRAINER = ("max_epochs", "max_steps", "check_val_every_n_epoch", "limit_train_batches", "limit_val_batches", "threads")
TRAINER += ("gradient_clip_val", "accelerator", "precision", "steps_per_slice", "engine", "overfit_batches", "devices")
TRAINER += ("truncated_bptt_steps", "accumulate_grad_batches", "channels_last", "matmul_precision", "cuda_graphs")
KEYS += (*(f"trainer.{name}" for name in TRAINER), "loader.batch_size", "loader.buckets")
CLASSES = (
    *("+metrics.m", "+callbacks.c", "+logger.l", "+penalties.p", "+transforms.t", "+evaluations.e", "loss", "head"),
    *("task", "scheduler", "rule", "optimizer", "model", "data"),
)
TARGETS = (
    *("torchmetrics.classification.MulticlassAccuracy", "torchmetrics.MeanSquaredError", "torchmetrics.text.BLEUScore"),
    *("torchmetrics.classification.BinaryF1Score", "torchmetrics.image.StructuralSimilarityIndexMeasure"),
    *("pytorch_lightning.callbacks.RichProgressBar", "pytorch_lightning.callbacks.Timer", "torch.nn.MSELoss"),
    *("pytorch_lightning.callbacks.StochasticWeightAveraging", "pytorch_lightning.callbacks.EarlyStopping"),
    *("pytorch_lightning.callbacks.BatchSizeFinder", "pytorch_lightning.callbacks.ModelPruning"),
    *("pytorch_lightning.loggers.CometLogger", "pytorch_lightning.loggers.NeptuneLogger", "torch.optim.LBFGS"),
    *("pytorch_lightning.loggers.CSVLogger", "torch.optim.lr_scheduler.OneCycleLR", "torch.nn.Linear"),
    *("torch.optim.lr_scheduler.LambdaLR", "torchvision.models.resnet18", "optuna.samplers.TPESampler", "x", "os.X"),
)
COMMANDS: dict[str, dict[str, tuple[str, ...]]] = {  # of runs and files -> argument -> values that may be right
    "predict": {
        **{"run": ("RUN",), "input": ("table.csv", "empty.csv", "tokens.npy", "text.txt", ".")},
        **{"output": ("out.csv", "out.tsv", "no/out.csv"), "probabilities": ("true",), "length": ("3",)},
        **{"checkpoint": ("last",), "data.target": ("0",)},
    },
    "evaluate": {"run": ("RUN",), "data.path": ("table.csv", "text.txt", "empty.csv"), "allow": ("[a]",)},
    "sample": {
        **{"run": ("RUN", "TEXT"), "prompt": ("the ",), "length": ("9",), "temperature": ("0.7",), "top_k": ("3",)},
        **{"beam": ("2", "99999"), "seed": ("1",), "checkpoint": ("last",), "class": ("1",)},
    },
    "encode": {"run": ("CODES", "RUN"), "input": ("table.csv", "empty.csv"), "output": ("codes.npz",)},
    "decode": {"run": ("CODES", "RUN"), "input": ("table.csv", "codes.npz"), "output": ("d.csv",)},
    "reconstruct": {"run": ("CODES", "RUN"), "input": ("table.csv",), "output": ("r.csv",)},
    "outliers": {
        **{"run": ("CODES", "RUN"), "input": ("table.csv",), "by": ("row", "entry")},
        **{"quantile": ("0.9",), "share": ("0.1",)},
    },
    "recommend": {"run": ("RUN",), "user": ("1",), "n": ("3",), "items": ("[1]",)},
    "neighbors": {"run": ("TEXT",), "word": ("the",), "top": ("3",), "file": ("table.csv",), "vectors": ("input",)},
    "analogy": {"run": ("TEXT",), "words": ("[a,b,c]",), "top": ("3",)},
    "similarity": {"run": ("TEXT",), "words": ("[a,b]",)},
    "document_vectors": {"run": ("TEXT",), "input": ("text.txt",), "epochs": ("2",), "lr": ("0.1",), "seed": ("1",)},
    "export": {
        **{"run": ("RUN", "CODES"), "format": ("state_dict", "safetensors", "torchscript", "word2vec")},
        **{"output": ("net.pt", "no/net.pt"), "checkpoint": ("last",)},
    },
    "rerun": {"run": ("RUN",), "trainer.max_epochs": ("1",), "optimizer.lr": ("0.1",), "seed": ("2",)},
    "weight_changes": {"run": ("RUN",), "parameters": ("[x]",), "output": ("w.png",), "--csv": ("",)},
    "report": {"run": ("RUN",), "sweep": ("SWEEP",), "output": ("page.html", "no/page.html")},
    "table": {"sweep": ("SWEEP",), "format": ("csv", "json"), "columns": ("[a]",)},
    "runs": {"list": ("",), "show": ("",), "compare": ("",), "tag": ("",), "sort": ("time",), "limit": ("2",)},
    "board": {"--json": ("",), "last": ("2",), "output_dir": ("outputs",), "port": ("1",)},
    "list": {"models": ("",), "data": ("",), "--json": ("",), "mlp": ("",)},
    "info": {"mlp": ("",), "data": ("iris",), "model": ("lstm",), "nnzoo.models.mlp.MLP": ("",)},
    "reproduce": {"seeds": ("x",)},
}
OVER_CONFIGS: dict[str, dict[str, tuple[str, ...]]] = {  # commands that take settings as `train` does
    "check": {},
    "trace": {"steps": ("1",), "max_numbers": ("99",), "--csv": ("",), "output": ("t.png",)},
    "lr_find": {"low": ("1e-4",), "high": ("1",), "steps": ("10",)},
    "perceptron_updates": {"steps": ("9",), "shuffle": ("false",), "--csv": ("",)},
    "gradient_norms": {"models": ("[rnn]",), "seeds": ("1",), "steps": ("2",), "examples": ("4",)},
}


def line(number: int) -> list[str]:
    """Return the command line of a number."""
    generator = random.Random(number)
    kind = generator.choices(("train", "sweep", "resume", "run", "config"), (50, 8, 6, 28, 8))[0]
    if kind == "train":
        args = ["train", *SMALL, *mistaken(list(settings(generator)), generator)]
    elif kind == "sweep":
        swept = [f"{key_of(generator)}={value(generator)},{value(generator)}" for _ in range(generator.randint(0, 1))]
        flag = generator.choice(["-m", "seeds=2", "cv=2", "sweep=random", "optimizer.lr=0.1,0.01"])
        more = ["sweep.trials=2", "optimizer.lr=interval(0,1)"] if "sweep=" in flag else []
        args = ["train", *SMALL, "sweep.workers=0", "sweep.timeout=5", "data=iris", "model=mlp", flag, *more, *swept]
        args += mistaken([setting(generator)], generator)
    elif kind == "resume":
        args = ["train", f"resume={generator.choice(['RUN', 'RUN', 'TEXT', 'auto', value(generator)])}"]
        args += mistaken([setting(generator), "trainer.max_epochs=2"], generator)
    elif kind == "config":
        name = generator.choice(list(OVER_CONFIGS))
        args = [name, *arguments(OVER_CONFIGS[name], generator), *mistaken(list(settings(generator)), generator)]
    else:
        name = generator.choice(list(COMMANDS))
        args = [name, *mistaken(list(arguments(COMMANDS[name], generator)), generator)]
    if generator.random() < 0.1:
        args.insert(generator.randint(1, len(args)), generator.choice(FLAGS))
    return args


def settings(generator: random.Random) -> Iterator[str]:
    """Yield a network with its data, rarely other choices, and settings with keys of these and any value."""
    chosen = dict(zip(("model", "data"), generator.choice(PAIRS), strict=True))
    for group in generator.sample(sorted(GROUPS.values()), generator.choice([0, 0, 1, 2])):
        if group not in ("data", "experiment", "launcher"):
            chosen[group] = generator.choice(sorted(options(group)))
    yield from (f"{group}={name}" for group, name in chosen.items())
    for _ in range(generator.choice([0, 1, 1, 1, 2])):
        yield setting(generator, chosen)


def setting(generator: random.Random, chosen: dict[str, str] = CHOSEN) -> str:
    """Return a setting with a key that exists with these choices and any value, or with any class."""
    if generator.random() < 0.12:
        place = generator.choice(CLASSES)
        name = generator.choice(["._target_", "._target_", ""])
        return f"{'+' * (not place.startswith('+') and bool(name)) * 2}{place}{name}={generator.choice(TARGETS)}"
    return f"{key_of(generator, chosen)}={value(generator)}"


def key_of(generator: random.Random, chosen: dict[str, str] = CHOSEN) -> str:
    """Return the key of a setting."""
    draw = generator.random()
    if draw < 0.4:
        return generator.choice(KEYS)
    if draw < 0.5:
        return generator.choice(sorted(GROUPS.values()))
    group = generator.choice(sorted({**CHOSEN, **chosen}))
    return generator.choice(keys_of(group, {**CHOSEN, **chosen}[group]) or (group,))


@cache
def keys_of(group: str, name: str) -> tuple[str, ...]:
    """Return the keys of an option of a group."""
    text = options(group)[name].read_text(encoding="utf-8")
    return tuple(leaves(yaml.safe_load(text) or {}, "" if "@package _global_" in text else f"{group}."))


def leaves(node: dict[Any, Any], prefix: str) -> Iterator[str]:
    """Yield the dotted keys of the values of a config, and of its mappings."""
    for key, inner in node.items():
        if not str(key).startswith("_") and key != "defaults":
            yield f"{prefix}{key}"
            yield from leaves(inner, f"{prefix}{key}.") if isinstance(inner, dict) else ()


def value(generator: random.Random) -> str:
    """Return a number or a list of them, or a value that hardly fits anywhere."""
    return generator.choice(NUMBERS if generator.random() < 0.5 else WRONG)


def arguments(known: dict[str, tuple[str, ...]], generator: random.Random) -> Iterator[str]:
    """Yield some arguments of a command, those of the first keys more often."""
    for place, (key, values) in enumerate(known.items()):
        if generator.random() < (0.9 if place < 2 else 0.3):
            found = generator.choice(values) if generator.random() < 0.8 else value(generator)
            yield f"{key}={found}" if found else key


def mistaken(args: list[str], generator: random.Random) -> list[str]:
    """Return arguments with a mistake in some of them: another value, a damaged key, or one too many."""
    if args and generator.random() < 0.2:
        place = generator.randrange(len(args))
        key, _, found = args[place].partition("=")
        args[place] = generator.choice(
            [
                *(f"{key}={value(generator)}",) * 6,
                *(
                    f"{key}",
                    f"{key}=",
                    f"+{key}={found}",
                    f"++{key}={found}",
                    f"~{key}",
                    f"={found}",
                    f"{key}@x={found}",
                ),
                *(f"{key[:-1]}={found}", f"{key}.x={found}", f"{key} = {found}", f"{key}=={found}", f"{found}"),
            ]
        )
    if generator.random() < 0.04:
        args.append(value(generator))
    if args and generator.random() < 0.05:
        args.append(generator.choice(args))
    return args
