"""What `import nnzoo` offers: train, resume, rerun, evaluate, predict, sample, load, create."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from omegaconf import DictConfig, OmegaConf
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from . import runs, sampling, trainers
from .adapters import Network
from .building import build_data, build_loss, build_network, build_task, wrap
from .checkpoints import read
from .compose import COMPOSE_ERRORS, check, compose, first_line, missing, model_config, parsed
from .data.vocabulary import Vocabulary
from .errors import UserError, unknown
from .instantiate import instantiate
from .preprocessing.tokens import TokenPreprocessing
from .quoting import override
from .run import Result, run
from .schema import Config
from .signatures import REQUIRED, parameters
from .spec import DataSpec

WHICH = ("best", "last")
RESUMABLE = ("trainer", "callbacks", "logger", "evaluate", "allow")  # the rest is what the checkpoint is of
FIXED = ("trainer.truncated_bptt_steps", "trainer.buckets", "trainer.overfit_batches")  # they say what a step is
TOLD = f"a resumed run only changes {', '.join(RESUMABLE)}, not {', '.join(FIXED)}; nnzoo rerun takes others"
LENGTH = 400  # tokens of a sample


def train(*overrides: str, **settings: Any) -> Result:
    """Train as `nnzoo train` does and return what came of it.

    Takes override strings ("optimizer.lr=0.1"), keywords (model="mlp", seed=3), and nested or dotted ones
    (trainer={"max_epochs": 5}, **{"model.hidden": [64]}). Raises UserError for anything that does not fit.
    """
    given = [*overrides, *(line for key, value in settings.items() for line in override(key, value))]
    return run(plain(compose(given)), given)


def plain(config: DictConfig) -> dict[str, Any]:
    """Return a config as plain data, with every reference resolved."""
    found: dict[str, Any] = OmegaConf.to_container(config, resolve=True)  # type: ignore[assignment]
    return found


def amended(directory: Path, overrides: Sequence[str]) -> dict[str, Any]:
    """Return the config of a run with some values changed. Raises UserError for unknown keys and other choices."""
    saved = trusted(runs.read_config(directory))
    for line, change in zip(overrides, parsed(overrides), strict=True):
        key = change.key_or_group
        if change.is_add() or change.is_delete() or change.is_sweep_override():
            raise UserError(f"'{line}': only single values of a run can change, as key=value")
        if wrong := missing(saved, key, set()):
            raise wrong
        if isinstance(OmegaConf.select(saved, key), DictConfig):
            raise UserError(f"'{line}': a run keeps its {key}; only single values can change")
        try:
            OmegaConf.update(saved, key, change.value(), merge=False)
        except COMPOSE_ERRORS as error:
            raise UserError(f"'{line}': {first_line(error)}") from error
    check(saved)
    return plain(saved)


def trusted(config: dict[str, Any], allow: Sequence[str] = ()) -> DictConfig:
    """Return a config that was found somewhere, checked; it may not widen what is allowed.

    Raises UserError if it is no config of a run.
    """
    try:
        found: DictConfig = OmegaConf.merge(  # type: ignore[assignment]
            OmegaConf.structured(Config), config, {"allow": list(allow)}
        )
    except COMPOSE_ERRORS as error:
        raise UserError(f"the config of the run is damaged: {first_line(error)}") from error
    check(found)
    return found


def resume(directory: str | Path, *overrides: str) -> Result:
    """Go on with a run in its own directory, exactly where its last checkpoint stands."""
    path = Path(directory)
    for line in overrides:
        if line.partition("=")[0] in FIXED or line.partition("=")[0].partition(".")[0] not in RESUMABLE:
            raise UserError(f"'{line}': {TOLD}")
    config = amended(path, overrides)
    done = read(path / "checkpoints" / "last.ckpt")["nnzoo"]["stream"]["epoch"]
    if config["trainer"]["max_epochs"] < done:
        raise UserError(f"trainer.max_epochs is {config['trainer']['max_epochs']}; the run has done {done} epochs")
    before = yaml.safe_load((path / "overrides.yaml").read_text()) if (path / "overrides.yaml").is_file() else []
    return run(config, [*before, *overrides], resume=path)


def rerun(directory: str | Path, *overrides: str) -> Result:
    """Train once more with the config of a run, in a new directory beside it: on the CPU, the same metrics."""
    path = Path(directory)
    config = amended(path, overrides)
    before = yaml.safe_load((path / "overrides.yaml").read_text()) if (path / "overrides.yaml").is_file() else []
    return run(config, [*before, *overrides], parent=path.resolve().parent)


def checkpoint_of(source: str | Path, which: str | None = None) -> Path:
    """Return the checkpoint file of a run, best if there is one, or the file itself."""
    path = Path(source)
    if path.is_file():
        return path
    runs.read_config(path)
    if which is not None and which not in WHICH:
        raise unknown("checkpoint", which, WHICH)
    best = path / "checkpoints" / "best.ckpt"
    return best if which == "best" or (which is None and best.is_file()) else path / "checkpoints" / "last.ckpt"


def load(source: str | Path, *, which: str | None = None, allow: Sequence[str] = ()) -> Network:
    """Return the trained network of a run or checkpoint, ready to use: `net(x)` or `net(x, mask)`.

    which: "best" or "last", None = best if there is one; allow: further packages whose classes may be built. It has
    `spec` (DataSpec) and `config`. Raises UserError if the checkpoint is missing, damaged or does not fit.
    """
    path = checkpoint_of(source, which)
    checkpoint = read(path)
    ours = checkpoint["nnzoo"]
    config, spec = plain(trusted(ours["config"], allow)), DataSpec.from_dict(ours["spec"])
    with trainers.as_found():
        net = build_network(config, spec, build_loss(config, spec))
    weights = {k.removeprefix("net."): v for k, v in checkpoint["state_dict"].items() if k.startswith("net.")}
    fill(net, weights, path)
    net.eval()
    net.spec = spec  # type: ignore[assignment]
    net.config = config  # type: ignore[assignment]
    return net


def fill(module: nn.Module, weights: Mapping[str, Any], path: Path) -> None:
    """Load weights. Raises UserError if they are of another network."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        lines = [line.strip() for line in str(error).splitlines()]
        raise UserError(f"{path} holds the weights of another network: {' '.join(lines[1:2])}") from error


def evaluate(source: str | Path, *, allow: Sequence[str] = ()) -> dict[str, dict[str, float]]:
    """Measure the best and the last weights of a run again: the figures of its `results.json`."""
    path = Path(source)
    config = plain(trusted(runs.read_config(path), allow))
    with trainers.quiet(), trainers.as_found():
        data = build_data(config)
        task = build_task(config, data)
        torch.set_num_threads(trainers.threads(config, task, data))
        trainer = trainers.bare_trainer(config, task)
        found: dict[str, dict[str, float]] = {}
        for which in ("last", "best"):
            file = path / "checkpoints" / f"{which}.ckpt"
            if which == "last" or file.is_file():
                fill(task, read(file)["state_dict"], file)
                found |= {f"{s}/{which}": trainers.measure(trainer, task, data, s) for s in config["evaluate"]}
    return found


def predict(
    source: str | Path, x: "np.ndarray[Any, Any] | Tensor | Sequence[str]", *, allow: Sequence[str] = ()
) -> dict[str, Any]:
    """Return what the network of a run decides: `decision`, `label` where classes have names, and `output` (raw).

    x: examples in the form of the data, (B, *shape) or (B, T, *shape); images as uint8 are scaled to [0, 1]. Or
    sentences for a network that reads words; the result is then padded and has a `mask`, True at the words. Raises
    UserError for other shapes, for numbers that are not finite and for those that the data cannot have.
    """
    net = load(source, allow=allow)
    spec: DataSpec = net.spec  # type: ignore[assignment]
    mask = None
    try:
        if isinstance(x, Sequence) and x and all(isinstance(each, str) for each in x):
            inputs, mask = encoded(x, spec)
        else:
            inputs = checked(x.detach().cpu() if isinstance(x, Tensor) else torch.as_tensor(np.array(x)), spec)
    except (TypeError, ValueError) as error:
        raise UserError(f"the input is no array of numbers: {error}") from error
    config: dict[str, Any] = net.config  # type: ignore[assignment]
    task = wrap(config, spec, net, build_loss(config, spec))
    with torch.no_grad():
        output = net(inputs, mask)
        decision = task.decide(output)
    found = {"decision": decision.numpy(), "output": output.numpy()}
    if mask is not None:
        found["mask"] = mask.numpy()
    if spec.target == "classes" and spec.labels:
        found["label"] = np.array(spec.labels)[decision.numpy()]
    return found


def checked(x: Tensor, spec: DataSpec) -> Tensor:
    """Return user input as the network's. Raises UserError if it does not fit the spec."""
    shape = (*([spec.seq_len or "T"] if spec.sequence else []), *spec.shape)
    if x.ndim == len(shape):
        x = x[None]
    wanted = f"(B, {', '.join(map(str, shape))})"
    if x.ndim != len(shape) + 1 or any(isinstance(s, int) and s != n for s, n in zip(shape, x.shape[1:], strict=True)):
        raise UserError(f"the input has shape {tuple(x.shape)}; the network takes {wanted}")
    if spec.sequence and not x.shape[1]:
        raise UserError("the input has sequences without a step")
    if x.dtype == torch.uint8 and spec.form == "image" and spec.high == 1:
        x = x / 255
    if spec.input == "tokens":
        if not (x == x.long()).all() or not ((x >= 0) & (x < len(spec.vocabulary))).all():
            raise UserError(
                f"the input is no array of token ids; those are whole numbers from 0 to {len(spec.vocabulary) - 1}"
            )
        return x.long()
    x = x.float()
    if not x.isfinite().all():
        raise UserError("the input holds numbers that are not finite")
    if x.numel() and not spec.low <= x.min() <= x.max() <= spec.high:
        found = f"{float(x.min()):g} to {float(x.max()):g}"
        raise UserError(f"the input has values from {found}; those of the data are from {spec.low:g} to {spec.high:g}")
    return x


def encoded(sentences: Sequence[str], spec: DataSpec) -> tuple[Tensor, Tensor]:
    """Return sentences, words with spaces between them, as token ids and mask: (B, T) each.

    Raises UserError for a sentence without words, and for data that are no sentences.
    """
    vocabulary = Vocabulary(spec.vocabulary)
    if spec.form != "tokens" or spec.target == "next_token" or spec.shape or vocabulary.unknown is None:
        raise UserError(f"sentences are for networks that read one word a step; the data is {spec}")
    ids = [vocabulary.encode(sentence.lower().split()) for sentence in sentences]
    lengths = torch.tensor([len(each) for each in ids])
    if not lengths.all():
        raise UserError(f"sentence {int(lengths.argmin()) + 1} has no words")
    return pad_sequence(ids, batch_first=True), torch.arange(int(lengths.max())) < lengths[:, None]


def sample(
    source: str | Path,
    prompt: str = "",
    *,
    length: int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    beam: int | None = None,
    seed: int = 0,
    which: str | None = None,
    allow: Sequence[str] = (),
) -> str:
    """Return a text: the prompt, and how the language model of a run goes on from it.

    length: characters or words to add, None = 400 characters, or words to the end of the sentence. They are drawn,
    temperature and top_k see `sampling.sample`, or with `beam` the likeliest are searched for, which draws nothing.
    The vocabulary is that of the checkpoint; the text it was trained on is not needed. which, allow: see `load`.
    Raises UserError for values out of range, unknown characters, and runs on other data.
    """
    if beam is not None and (temperature, top_k, seed) != (1.0, None, 0):
        raise UserError(f"beam={beam} searches and draws nothing; leave out temperature, top_k and seed")
    if not 0 <= seed < 1 << 32:
        raise UserError(f"seed is {seed}; it must be from 0 to {(1 << 32) - 1}")
    net = load(source, which=which, allow=allow)
    spec: DataSpec = net.spec  # type: ignore[assignment]
    if spec.target != "next_token":
        raise UserError(f"only a language model continues texts; the data is {spec}")
    text = TokenPreprocessing.of(spec).tokenizer
    given = text.encode(prompt)
    begin = given if len(given) else torch.tensor([text.start])
    steps, end = (LENGTH, text.end) if length is None else (length, None)
    config: dict[str, Any] = net.config  # type: ignore[assignment]
    loss = build_loss(config, spec)
    if beam is not None:
        added, _ = sampling.beam_search(net, loss, begin, beam=beam, steps=steps, end=end, exclude=text.never_written)
    else:
        added = sampling.sample(
            net,
            loss,
            begin,
            steps=steps,
            generator=torch.Generator().manual_seed(seed),
            temperature=temperature,
            top_k=top_k,
            end=end,
            exclude=text.never_written,
        )
    return text.decode(torch.cat([given, added]))


def create_model(name: str, **settings: Any) -> nn.Module:
    """Return a network of the catalogue by name, untrained; settings are its constructor's.

    Raises UserError for an unknown name or setting, with the nearest one.
    """
    node = model_config(name)
    target = node["_target_"]
    known = parameters(target) or {}
    for key in settings:
        if key not in known:
            raise unknown(f"setting of {name}", key, known)
    required = [k for k, p in known.items() if p.default is REQUIRED and k not in {**node, **settings}]
    if required:
        raise UserError(f"{name} needs {', '.join(required)}")
    made: nn.Module = instantiate(node | settings)
    return made
