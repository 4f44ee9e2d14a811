"""Text generation with a language model, by sampling and by beam search.

The network reads each token once and its state is passed on. Token ids are on the CPU, on whatever device the network
is. A token takes a constant number of passes over the vocabulary, in double precision, since single precision would
lose the probabilities of rare tokens. Only the most likely tokens are sorted.
Shapes: T tokens, V the size of the vocabulary, N prefixes.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from torch import Tensor

from ..errors import UserError

MAX_SORTED = 1000  # tokens; sorting a larger vocabulary takes longer than the forward pass
MIN_WEIGHTS_FOR_THREADS = 1 << 25  # a smaller network is faster with one thread, since it reads one token at a time


class Reader(Protocol):
    """A network that can read tokens step by step."""

    def run(self, x: Tensor, mask: Tensor | None, state: Any) -> tuple[Tensor, Any]:
        """Return the outputs for ids (N, T) and the new state; state: None at the beginning."""

    def parameters(self) -> Iterator[Tensor]:
        """Return the parameters."""


class TokenScores(Protocol):
    """A loss that defines the score of each token."""

    def scores(self, output: Tensor) -> Tensor:
        """(N, T, K) -> (N, T, V)."""


@torch.no_grad()
def sample(
    net: Reader,
    loss: TokenScores,
    prompt: Tensor,
    *,
    steps: int,
    generator: torch.Generator,
    temperature: float = 1.0,
    top_k: int | None = None,
    end: int | None = None,
    exclude: Sequence[int] = (),
) -> Tensor:
    """Sample the ids that follow a prompt (T,) from the next-token probabilities: (steps,), or fewer with `end` last.

    temperature: above 0; log-probabilities are divided by it, so values below 1 favor likely tokens. top_k: number of
    most likely tokens to sample from; 1 is greedy decoding. exclude: ids that are never sampled, as if their
    probability were 0.
    Raises UserError for values out of range. Aggarwal 7.2.1.1.
    """
    check(prompt, steps)
    if not temperature > 0:
        raise UserError(f"temperature is {temperature}; it must be above 0; top_k=1 always takes the most likely token")
    x, state, sampled = prompt, None, []
    with limit_threads(net):
        for _ in range(steps):
            log_p, state = next_log_probabilities(net, loss, x[None], state, exclude)
            x = sample_token(log_p[0], temperature, top_k, generator)
            sampled.append(x)
            if x == end:
                break
    return torch.cat(sampled)


def sample_token(log_p: Tensor, temperature: float, top_k: int | None, generator: torch.Generator) -> Tensor:
    """Sample an id from log-probabilities (V,), -inf for excluded ids: (1,).

    Tokens are sorted by probability; without `top_k` and with more than 1000 tokens, a random number is looked up in
    the cumulative probabilities instead. Raises UserError if top_k is out of range.
    """
    finite = log_p.isfinite()
    possible = int(finite.sum())
    if top_k is not None and not 1 <= top_k <= possible:
        raise UserError(f"top_k is {top_k}; it must be from 1 to {possible}, the number of tokens that can be sampled")
    if top_k is None and possible > MAX_SORTED:
        weights = ((log_p - log_p.max()) / temperature).exp().where(finite, 0)
        cumulative = weights.cumsum(0)
        place = torch.rand(1, generator=generator, dtype=torch.float64) * cumulative[-1]
        return torch.searchsorted(cumulative, place, right=True)  # right: skips tokens of weight 0
    likeliest, ids = log_p.topk(top_k or possible)
    weights = ((likeliest - likeliest[0]) / temperature).exp()  # the largest is 1 at any temperature
    return ids[weights.multinomial(1, generator=generator)]


@torch.no_grad()
def beam_search(
    net: Reader,
    loss: TokenScores,
    prompt: Tensor,
    *,
    beam: int,
    steps: int,
    end: int | None = None,
    exclude: Sequence[int] = (),
) -> tuple[Tensor, float]:
    """Return the most likely continuation of a prompt (T,) that beam search finds, and its log-probability in nats.

    The continuation has `steps` ids, or fewer with `end` last. After each step the `beam` most likely prefixes are
    kept, including those that have ended: a beam of 1 is greedy decoding, one of V^steps an exhaustive search. There is
    no length normalization, which favors short continuations. exclude: see `sample`.
    Raises UserError for values out of range. Aggarwal 7.2.1.1.
    """
    check(prompt, steps)
    if beam < 1:
        raise UserError(f"beam is {beam}; it must be at least 1")
    with limit_threads(net):
        prefixes, ended = prompt.new_empty(1, 0), prompt.new_zeros(1, dtype=torch.bool)
        log_p, state = next_log_probabilities(net, loss, prompt[None], None, exclude)
        total = log_p.new_zeros(1)
        for step in range(steps):
            if step:
                log_p, state = next_log_probabilities(net, loss, prefixes[:, -1:], state, exclude)
            if end is not None:  # an ended prefix continues with `end` only, with probability 1
                log_p[ended] = float("-inf")
                log_p[ended, end] = 0
            size = log_p.shape[1]
            candidates = (total[:, None] + log_p).flatten()
            possible = int(candidates.isfinite().sum())
            total, best = candidates.topk(min(beam, possible))
            rows, ids = best // size, best % size
            prefixes = torch.cat([prefixes[rows], ids[:, None]], 1)
            ended = ended[rows] | (ids == end)
            if ended[0]:  # no other prefix can become more likely
                break
            state = select_rows(state, rows)
    found = prefixes[0]
    length = found.tolist().index(end) + 1 if ended[0] else len(found)
    return found[:length], float(total[0])


def next_log_probabilities(
    net: Reader, loss: TokenScores, x: Tensor, state: Any, exclude: Sequence[int]
) -> tuple[Tensor, Any]:
    """Return the next-token log-probabilities after ids x (N, T): (N, V), and the new state.

    They are the log-softmax of the loss's scores, which does not change those of a hierarchical softmax. Ids in
    `exclude` have -inf; the probabilities of the others sum to 1. Raises UserError if the scores are not finite.
    """
    output, state = net.run(x.to(next(net.parameters()).device), None, state)
    log_p = loss.scores(output[:, -1]).cpu().double().log_softmax(-1)
    if not log_p.isfinite().all():
        raise UserError("the network's outputs are not finite; its training has diverged")
    if exclude:
        log_p[:, list(exclude)] = float("-inf")
        log_p = log_p.log_softmax(-1)
    return log_p, state


@contextmanager
def limit_threads(net: Reader) -> Iterator[None]:
    """Use a single thread inside the context, unless the network is large."""
    before = torch.get_num_threads()
    if sum(p.numel() for p in net.parameters()) < MIN_WEIGHTS_FOR_THREADS:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def select_rows(state: Any, rows: Tensor) -> Any:
    """Return the rows of a state: tensors (N, ...), nested in lists and tuples."""
    if isinstance(state, Tensor):
        return state[rows.to(state.device)]
    return None if state is None else type(state)(select_rows(part, rows) for part in state)


def check(prompt: Tensor, steps: int) -> None:
    """Raise UserError for an empty prompt and for fewer than 1 steps."""
    if not len(prompt):
        raise UserError("the prompt is empty; the network needs at least one token")
    if steps < 1:
        raise UserError(f"length is {steps}; it must be at least 1")
