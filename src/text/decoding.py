"""A language model at work: texts drawn from it, and the likeliest one searched for.

A network reads each token once: its state is carried along. All ids are on the CPU, wherever the network is. A token
costs a constant number of passes over the vocabulary, in double precision: in single precision the chances of rare
tokens would be lost. Nothing but the few likeliest is sorted.
Shapes: T tokens, V the size of the vocabulary, N prefixes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import UserError

WHOLE = 1000  # tokens: to sort a larger vocabulary takes longer than to compute the outputs
WORTH_THREADS = 1 << 25  # weights: with fewer, a second thread costs more than it gives; a token is read alone


class Reader(Protocol):
    """A network that reads tokens step by step."""

    def run(self, x: Tensor, mask: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        """Return the outputs for ids (N, T), and the state to go on from; None begins."""

    def parameters(self) -> Iterator[Tensor]:
        """Return the weights."""


class Scores(Protocol):
    """A loss that says which score each token has."""

    def scores(self, output: Tensor) -> Tensor:
        """(N, T, K) -> (N, T, V)."""


@torch.no_grad()
def sample(
    net: Reader,
    loss: Scores,
    prompt: Tensor,
    *,
    steps: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    end: int | None = None,
    exclude: Sequence[int] = (),
) -> Tensor:
    """Return ids that follow a prompt (T,), each drawn from what the network foretells: (steps,), or up to `end`.

    temperature: above 0; the probabilities are taken to the power of its inverse, so that below 1 the likely tokens
    become likelier. top_k: only so many likeliest tokens are drawn from; 1 = always the likeliest. exclude: ids that
    are never drawn, as if the network gave them no probability.
    Raises UserError for values out of range. Aggarwal 7.2.1.1.
    """
    check(prompt, steps)
    if not temperature > 0:
        raise UserError(f"temperature is {temperature}; it must be above 0; top_k=1 takes the likeliest each time")
    x, state, drawn = prompt, None, []
    with few_threads(net):
        for _ in range(steps):
            log_p, state = next_log_probabilities(net, loss, x[None], state, exclude)
            x = draw(log_p[0], temperature, top_k, generator)
            drawn.append(x)
            if x == end:
                break
    return torch.cat(drawn)


def draw(log_p: Tensor, temperature: float, top_k: int | None, generator: torch.Generator) -> Tensor:
    """Return an id drawn from log-probabilities (V,), -inf of excluded ids: (1,).

    Random numbers go to the tokens from the likeliest to the least likely one; without `top_k`, of more than 1000
    tokens one random number is looked up in their cumulative chances. Raises UserError for a `top_k` out of range.
    """
    finite = log_p.isfinite()
    possible = int(finite.sum())
    if top_k is not None and not 1 <= top_k <= possible:
        raise UserError(f"top_k is {top_k}; it must be from 1 to {possible}, the tokens that can be drawn")
    if top_k is None and possible > WHOLE:
        chances = ((log_p - log_p.max()) / temperature).exp().where(finite, 0)
        heights = chances.cumsum(0)
        place = torch.rand(1, generator=generator, dtype=torch.float64) * heights[-1]
        return torch.searchsorted(heights, place, right=True)  # right: no token without a chance
    likeliest, ids = log_p.topk(top_k or possible)
    chances = ((likeliest - likeliest[0]) / temperature).exp()  # the likeliest has 1, however low the temperature
    return ids[chances.multinomial(1, generator=generator)]


@torch.no_grad()
def beam_search(
    net: Reader,
    loss: Scores,
    prompt: Tensor,
    *,
    beam: int,
    steps: int,
    end: int | None = None,
    exclude: Sequence[int] = (),
) -> tuple[Tensor, float]:
    """Return the likeliest continuation of a prompt (T,) that beam search finds, and its log-probability in nats.

    It has `steps` ids, or fewer with `end` as the last. Of all prefixes of a length the `beam` likeliest are kept,
    those that have ended among them: 1 takes the likeliest token each time; V^steps finds the likeliest of all. As
    probabilities only fall along the way, short continuations that end have an advantage. exclude: as in `sample`.
    Raises UserError for values out of range. Aggarwal 7.2.1.1.
    """
    check(prompt, steps)
    if beam < 1:
        raise UserError(f"beam is {beam}; at least 1 prefix must be kept")
    with few_threads(net):
        prefixes, ended = prompt.new_empty(1, 0), prompt.new_zeros(1, dtype=torch.bool)
        log_p, state = next_log_probabilities(net, loss, prompt[None], None, exclude)
        total = log_p.new_zeros(1)
        for step in range(steps):
            if step:
                log_p, state = next_log_probabilities(net, loss, prefixes[:, -1:], state, exclude)
            if end is not None:  # what has ended goes on with `end` alone, at no cost
                log_p[ended] = float("-inf")
                log_p[ended, end] = 0
            size = log_p.shape[1]
            candidates = (total[:, None] + log_p).flatten()
            possible = int(candidates.isfinite().sum())
            total, best = candidates.topk(min(beam, possible))
            rows, ids = best // size, best % size
            prefixes = torch.cat([prefixes[rows], ids[:, None]], 1)
            ended = ended[rows] | (ids == end)
            if ended[0]:  # none of the others can become likelier
                break
            state = chosen(state, rows)
    found = prefixes[0]
    length = found.tolist().index(end) + 1 if ended[0] else len(found)
    return found[:length], float(total[0])


def next_log_probabilities(
    net: Reader, loss: Scores, x: Tensor, state: Any, exclude: Sequence[int]
) -> tuple[Tensor, Any]:
    """Return the log-probabilities of what follows ids x (N, T), and the state after them: (N, V).

    They are the softmax of the loss's scores, which leaves those of a hierarchical softmax as they are; `exclude`d ids
    have -inf, and the probabilities of the others sum to 1. Raises UserError if the scores are not finite.
    """
    output, state = net.run(x.to(next(net.parameters()).device), None, state)
    log_p = loss.scores(output[:, -1]).cpu().double().log_softmax(-1)
    if not log_p.isfinite().all():
        raise UserError("the network's outputs are not finite numbers; its training has diverged")
    if exclude:
        log_p[:, list(exclude)] = float("-inf")
        log_p = log_p.log_softmax(-1)
    return log_p, state


@contextmanager
def few_threads(net: Reader) -> Iterator[None]:
    """Use one thread while a network reads token by token, unless it is large."""
    before = torch.get_num_threads()
    if sum(p.numel() for p in net.parameters()) < WORTH_THREADS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def chosen(state: Any, rows: Tensor) -> Any:
    """Return the chosen rows of a state: tensors (N, ...) in lists and tuples."""
    if isinstance(state, Tensor):
        return state[rows.to(state.device)]
    return None if state is None else type(state)(chosen(part, rows) for part in state)


def check(prompt: Tensor, steps: int) -> None:
    """Raise UserError for a prompt without a token, or for no steps."""
    if not len(prompt):
        raise UserError("the prompt is empty; the network must read a token before it foretells one")
    if steps < 1:
        raise UserError(f"length is {steps}; it must be at least 1")
