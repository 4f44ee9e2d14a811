"""Text generation with trained language models."""

import torch

from ..errors import UserError
from ..preprocessing.tokens import TokenPreprocessing
from ..text import decoding
from ..training.isolation import own_settings
from .arguments import real_number, seed_number, whole_number
from .trained import Trained

LENGTH = 400  # default number of tokens
MOST = {"length": 1_000_000, "beam": 10_000}  # tokens, and prefixes at a time: more would take hours


@own_settings()
def continue_text(
    trained: Trained,
    prompt: str = "",
    *,
    length: int | None = None,
    temperature: float = 1.0,
    top_k: int | None = None,
    beam: int | None = None,
    seed: int = 0,
) -> str:
    """Return a prompt continued by a language model; see `nnzoo.sample`.

    Raises UserError for other networks and for values out of range.
    """
    net, loss = trained.network, trained.head.loss
    name = type(trained.model).__name__
    if trained.generates:
        raise UserError(f"{name} does not continue texts; nnzoo.load(run).sample(n) returns generated examples")
    if trained.spec.target != "next_token":
        raise UserError(
            f"{name} does not generate; language models continue texts, and networks such as model=gan and model=vae "
            "generate examples"
        )
    if beam is not None and (temperature, top_k, seed) != (1.0, None, 0):
        raise UserError(f"beam={beam} is a search without sampling; leave out temperature, top_k and seed")
    if not isinstance(prompt, str):
        raise UserError(f"prompt is {prompt!r}; it takes a text")
    counts = {"length": length, "top_k": top_k, "beam": beam}
    length, top_k, beam = (
        n if n is None else whole_number(name, n, least=1, most=MOST.get(name)) for name, n in counts.items()
    )
    seed, temperature = seed_number(seed), real_number("temperature", temperature)
    assert isinstance(trained.preprocessing, TokenPreprocessing)
    text = trained.preprocessing.tokenizer
    given = text.encode(prompt)
    begin = given if len(given) else torch.tensor([text.start])
    steps, end = (LENGTH, text.end) if length is None else (length, None)
    if beam is not None:
        added, _ = decoding.beam_search(net, loss, begin, beam=beam, steps=steps, end=end, exclude=text.never_sampled)
    else:
        added = decoding.sample(
            net,
            loss,
            begin,
            steps=steps,
            generator=torch.Generator().manual_seed(seed),
            temperature=temperature,
            top_k=top_k,
            end=end,
            exclude=text.never_sampled,
        )
    return text.decode(torch.cat([given, added]))
