"""Damage to a run that its sender may have done on purpose: an attack changes the files of one run directory.

Each attack is a function of the directory and a random generator. Beside the run is a folder `victim`, which no command
may change; code that is executed would make the folder `proof` there.
"""

import os
import random
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import yaml

Attack = Callable[[Path, random.Random], str]
BOMB = "\n".join(
    ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1]"] + [f"a{i}: &a{i} [{f'*a{i - 1}, ' * 9}]" for i in range(1, 12)]
)
CODE = {"_target_": "subprocess.Popen", "args": ["mkdir", "PROOF"]}
PROGRAMS = ("os.mkdir", "builtins.eval", "torch.utils.model_dump.__main__.X", "torch.testing._internal.common_utils.T")


class Executed:
    """Makes the folder `proof` when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def proof(run: Path) -> Path:
    """Return the folder that exists if code was executed."""
    return run.parent / "victim" / "proof"


def repeated() -> list[Any]:
    """Return a list of ten billion entries that takes a hundred places."""
    value: list[Any] = [0]
    for _ in range(10):
        value = [value] * 10
    return value


def values(run: Path, generator: random.Random) -> Any:
    """Return a value that hardly fits anywhere."""
    victim = run.parent / "victim"
    return generator.choice(
        [
            *(None, True, -1, -5, 0, 3, 10**6, 10**12, -(10**12), 2**63, 2**70, float("nan"), float("inf"), -1e300),
            *(
                "",
                "x",
                "${oc.env:SECRET}",
                "${nothing}",
                "???",
                "null",
                "../../victim/x",
                str(victim / "x"),
                "a" * 5000,
            ),
            *("~/x", "$HOME/x", "local://" + str(victim), "=1+2", "\0", "\ud800", "auto"),
            *([], {}, [1], ["x"], [-1], [10**12], {"a": 1}, {1: 2}, [[[[]]]], {"_target_": "os.mkdir"}),
        ]
    )


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the keys on the way to every value of nested data."""
    if path:
        yield path
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(inside)[:40]:
        yield from places(value, (*path, key))


def change(content: Any, path: tuple[Any, ...], value: Any, *, delete: bool = False) -> None:
    """Replace or delete a value in nested data."""
    for key in path[:-1]:
        content = content[key]
    if delete:
        del content[path[-1]]
    else:
        content[path[-1]] = value


def checkpoints(run: Path) -> list[Path]:
    """Return the checkpoints of a run."""
    return sorted((run / "checkpoints").glob("*.ckpt"))


def change_checkpoint(run: Path, generator: random.Random, path: tuple[Any, ...], value: Any, **more: bool) -> None:
    """Change a value in all checkpoints of a run."""
    for file in checkpoints(run):
        content = torch.load(file, weights_only=True)
        change(content, path, value, **more)
        torch.save(content, file)


def field_of_checkpoint(run: Path, generator: random.Random) -> str:
    """Replace or delete any value in the checkpoints."""
    content = torch.load(checkpoints(run)[-1], weights_only=True)
    top = generator.choice(list(places(content)))[:1]
    path = generator.choice([path for path in places(content) if path[:1] == top])
    tensors = [torch.zeros(3), torch.zeros(0), torch.full((2, 2), float("nan")), torch.zeros(1).expand(1 << 38)]
    value = generator.choice([values(run, generator), values(run, generator), *tensors])
    delete = generator.random() < 0.25
    change_checkpoint(run, generator, path, value, delete=delete)
    return f"{'.'.join(map(str, path))} {'deleted' if delete else repr(value)[:40]}"


def structure_of_checkpoint(run: Path, generator: random.Random) -> str:
    """Put something into the checkpoints that takes more than the file, or executes code."""
    itself: list[Any] = []
    itself.append(itself)
    deep: list[Any] = []
    for _ in range(150):
        deep = [deep]
    name, value = generator.choice(
        [
            *(("repeated", repeated()), ("itself", itself), ("deep", deep), ("code", Executed(proof(run)))),
            *(("bytes", bytearray(100)), ("meta", torch.zeros(1 << 40, device="meta"))),
        ]
    )
    place = generator.choice(
        [("callbacks",), ("nnzoo", "config", "model"), ("nnzoo", "state"), ("state_dict", "x"), ("y",)]
    )
    change_checkpoint(run, generator, place, value)
    return f"{name} in {'.'.join(place)}"


def container_of_checkpoint(run: Path, generator: random.Random) -> str:
    """Compress, encrypt, cut or flip bytes of the checkpoints."""
    kind = generator.choice(["compressed", "encrypted", "cut", "flipped", "text", "empty", "no zip"])
    for file in checkpoints(run):
        whole = bytearray(file.read_bytes())
        if kind == "compressed":
            content = torch.load(file, weights_only=True)
            torch.save({**content, "zeros": torch.zeros(50_000_000)}, file)
            with zipfile.ZipFile(file) as old:
                members = {member: old.read(member) for member in old.namelist()}
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
                for member, data in members.items():
                    new.writestr(member, data)
            continue
        if kind == "encrypted":
            whole[whole.rindex(b"PK\x01\x02") + 8] |= 1
        elif kind == "cut":
            whole = whole[: generator.randrange(len(whole))]
        elif kind == "flipped":
            for _ in range(generator.choice([1, 10, 100])):
                whole[generator.randrange(len(whole))] = generator.randrange(256)
        else:
            whole = bytearray({"text": b"hello", "empty": b"", "no zip": b"\x80\x02}."}[kind])
        file.write_bytes(whole)
    return kind


def paths_of_checkpoint(run: Path, generator: random.Random) -> str:
    """Let the state of ModelCheckpoint name the victim as the worst of the best weights."""
    victim = str(run.parent / "victim")
    path = generator.choice([victim, f"local://{victim}", f"{run}/checkpoints/../../victim", f"{victim}/kept.ckpt"])
    for file in checkpoints(run):
        content = torch.load(file, weights_only=True)
        for state in content["callbacks"].values():
            if "best_k_models" in state:
                worst = torch.tensor(-1e9, dtype=torch.float64)
                state |= {"dirpath": str(run / "checkpoints"), "best_model_path": path, "kth_best_model_path": path}
                state |= {"best_model_score": worst, "kth_value": worst, "best_k_models": {path: worst}}
                state |= {"last_model_path": path}
        torch.save(content, file)
    return path.replace(str(run.parent), "...")


def config(run: Path, generator: random.Random) -> str:
    """Replace or delete any value in config.yaml and in the config of the checkpoints."""
    content = yaml.safe_load((run / "config.yaml").read_text())
    path, value = generator.choice(list(places(content))), values(run, generator)
    delete = generator.random() < 0.15
    change_config(run, generator, path, value, delete=delete)
    return f"{'.'.join(map(str, path))} {'deleted' if delete else repr(value)[:40]}"


def change_config(run: Path, generator: random.Random, path: tuple[Any, ...], value: Any, **more: bool) -> None:
    """Change a value in config.yaml and in the config of the checkpoints."""
    content = yaml.safe_load((run / "config.yaml").read_text())
    change(content, path, value, **more)
    (run / "config.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    change_checkpoint(run, generator, ("nnzoo", "config"), content)


def outputs_of_config(run: Path, generator: random.Random) -> str:
    """Let the config write elsewhere, name a program, or read the environment."""
    victim = str(run.parent / "victim")
    logger = {"_target_": "pytorch_lightning.loggers.CSVLogger", "save_dir": victim}
    board = {"_target_": "pytorch_lightning.loggers.TensorBoardLogger", "save_dir": ".", "name": "../victim"}
    code = {**CODE, "args": ["mkdir", str(proof(run))]}
    path, value = generator.choice(
        [
            (("logger", "more"), logger),
            (("logger", "more"), board),
            (("callbacks", "best", "dirpath"), victim),
            (("callbacks", "best", "dirpath"), "../victim"),
            (("callbacks", "best", "filename"), "../../victim/stray"),
            (
                ("callbacks", "more"),
                {"_target_": "pytorch_lightning.callbacks.OnExceptionCheckpoint", "dirpath": victim},
            ),
            (("output_dir",), victim),
            (("name",), "../../victim/${oc.env:SECRET}"),
            (("name",), "${oc.env:SECRET}"),
            (("choices", "model"), "${oc.env:SECRET}"),
            (("choices", "data"), "../../victim"),
            (("model",), code),
            (("callbacks", "more"), code),
            (("loss",), {"_target_": generator.choice(PROGRAMS)}),
            (("model", "_target_"), generator.choice(PROGRAMS)),
            (("allow",), ["os", "subprocess", "builtins"]),
        ]
    )
    change_config(run, generator, path, value)
    return f"{'.'.join(path)}={str(value).replace(str(run.parent), '...')[:60]}"


def text_files(run: Path, generator: random.Random) -> str:
    """Replace a YAML, JSON or CSV file by a bomb, another type, or something damaged."""
    name = generator.choice(
        ["config.yaml", "overrides.yaml", "status.json", "results.json", "env.json", "data.json", "metrics.csv"]
    )
    texts = {
        "aliases": BOMB,
        "itself": "a: &a [*a]",
        "brackets": "[" * 50_000,
        "blocks": "- " * 50_000,
        "other type": generator.choice(["3", "[]", "{}", "null", '"x"', "[{}]", '{"a": [1]}']),
        "large number": '{"a": 1' + "0" * 5000 + "}",
        "object": f"!!python/object/apply:os.mkdir ['{proof(run)}']",
        "binary": "\0\x01",
        "interpolation": "- name=${oc.env:SECRET}",
        "columns": "epoch,=1+2\n1,2,3\n\n,,,,,,",
        "merged": "a: &a {b: 1}\nc: {<<: [*a, *a]}\n? [1]\n: 2",
    }
    kind = generator.choice(list(texts))
    (run / name).write_text(texts[kind])
    return f"{name}: {kind}"


def links(run: Path, generator: random.Random) -> str:
    """Replace a file or folder of the run by a link to the victim, a pipe or a device."""
    name = generator.choice(
        [
            *("run.lock", "metrics.csv", "run.log", "status.json", "config.yaml", "overrides.yaml", "results.json"),
            *("checkpoints", "checkpoints/last.ckpt", "checkpoints/best.ckpt", "figures"),
        ]
    )
    place = run / name
    if place.is_dir():
        shutil.rmtree(place)
    place.unlink(missing_ok=True)
    kind = generator.choice(["link", "pipe", "device"])
    if kind == "pipe":
        os.mkfifo(place)
    else:
        folder = name in ("checkpoints", "figures")
        place.symlink_to(
            Path("/dev/zero") if kind == "device" else run.parent / "victim" / ("" if folder else "kept.ckpt")
        )
    return f"{name} is a {kind}"


ATTACKS: dict[str, tuple[Attack, int]] = {  # with the share of each
    "field of the checkpoint": (field_of_checkpoint, 10),
    "structure of the checkpoint": (structure_of_checkpoint, 3),
    "container of the checkpoint": (container_of_checkpoint, 3),
    "paths in the checkpoint": (paths_of_checkpoint, 2),
    "value of the config": (config, 7),
    "outputs and code in the config": (outputs_of_config, 4),
    "text files": (text_files, 4),
    "links": (links, 3),
}
