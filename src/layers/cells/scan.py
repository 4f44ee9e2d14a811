"""All steps of a recurrent cell as one autograd node.

A step of a small network is a few operations on a few thousand numbers, which take less time than autograd's
bookkeeping. A `Kernel` computes all steps and, with a backward pass written by hand, their gradients. Kernels compiled
with numba (`nnzoo.kernels.scans`) are used for small cells on the CPU, also under `vmap` and `grad` of `torch.func`;
kernels of torch operations for other cells; and single steps for all else, and for second derivatives.

Shapes: B sequences, T steps, G rows of the weights.
"""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch._C._functorch import TransformType, get_interpreter_stack

from ...kernels.scans import Kernel, compilable


class Job(NamedTuple):
    """The steps of a cell in both forms.

    kernel: returns the compiled kernel for True and that of torch operations for False, None if there is none; steps:
    computes the outputs of a kernel from its inputs, step by step.
    """

    kernel: Callable[[bool], Kernel | None]
    steps: Callable[..., tuple[Tensor, ...]]


class Scan(torch.autograd.Function):
    """(kernel, steps, *inputs) -> results of the kernel; only the outputs among them are differentiable.

    steps: computes the outputs from the inputs with operations of torch.
    """

    @staticmethod
    def forward(kernel: Kernel, steps: Callable[..., tuple[Tensor, ...]], *inputs: Tensor) -> tuple[Tensor, ...]:
        """Run the steps."""
        return kernel.forward(*inputs)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        """Save inputs and results."""
        ctx.kernel, ctx.steps, *tensors = inputs
        ctx.inputs = len(tensors)
        ctx.save_for_backward(*tensors, *output)
        ctx.mark_non_differentiable(*output[ctx.kernel.outputs :])
        ctx.set_materialize_grads(False)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Tensor | None, ...]:
        """Run the steps backwards."""
        saved = ctx.saved_tensors
        outputs = saved[ctx.inputs :][: ctx.kernel.outputs]
        given = [torch.zeros_like(y) if g is None else g for y, g in zip(outputs, gradients, strict=False)]
        return None, None, *ScanBackward.apply(ctx.kernel, ctx.steps, ctx.inputs, *saved, *given)

    @staticmethod
    def vmap(info: Any, dims: tuple[int | None, ...], *given: Any) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
        """Run the members one after the other."""
        return run_members(Scan, info.batch_size, dims, given)


class ScanBackward(torch.autograd.Function):
    """(kernel, steps, number of inputs, *inputs, *results, *gradients of the outputs) -> gradients of the inputs."""

    @staticmethod
    def forward(
        kernel: Kernel, steps: Callable[..., tuple[Tensor, ...]], inputs: int, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        """Run the steps backwards."""
        first = len(tensors) - kernel.outputs
        given, results, gradients = tensors[:inputs], tensors[inputs:first], tensors[first:]
        return kernel.backward(list(given), list(results), list(gradients))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        """Save inputs and gradients."""
        ctx.kernel, ctx.steps, ctx.inputs, *tensors = inputs
        ctx.results = len(tensors) - ctx.inputs - ctx.kernel.outputs
        ctx.save_for_backward(*tensors[: ctx.inputs], *tensors[ctx.inputs + ctx.results :])

    @staticmethod
    def backward(ctx: Any, *second: Tensor) -> tuple[Tensor | None, ...]:
        """Differentiate the gradient of the single steps."""
        inputs, gradients = ctx.saved_tensors[: ctx.inputs], ctx.saved_tensors[ctx.inputs :]

        def gradient(inputs: tuple[Tensor, ...], gradients: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            found: tuple[Tensor, ...] = torch.func.vjp(ctx.steps, *inputs)[1](gradients)
            return found

        of_inputs, of_gradients = torch.func.vjp(gradient, inputs, gradients)[1](second)
        return None, None, None, *of_inputs, *[None] * ctx.results, *of_gradients

    @staticmethod
    def vmap(info: Any, dims: tuple[int | None, ...], *given: Any) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
        """Run the members one after the other."""
        return run_members(ScanBackward, info.batch_size, dims, given)


def run_members(
    function: type[torch.autograd.Function], members: int, dims: tuple[int | None, ...], given: tuple[Any, ...]
) -> tuple[tuple[Tensor, ...], tuple[int, ...]]:
    """Return the stacked results of the members, and their dimension of members, 0.

    dims: the dimension of members of each argument, None if it is the same for all.
    """
    arguments = [[x] * members if d is None else x.unbind(d) for x, d in zip(given, dims, strict=True)]
    results = [function.apply(*each) for each in zip(*arguments, strict=True)]
    stacked = tuple(torch.stack(each) for each in zip(*results, strict=True))
    return stacked, (0,) * len(stacked)


for node in (Scan, ScanBackward):  # torch reads the signature at each call, which takes longer without this attribute
    node.forward.__signature__ = signature(node.forward)  # type: ignore[union-attr]


def scan(job: Job, a: Tensor, state: tuple[Tensor, ...], parameters: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """Return the outputs of a job as one autograd node, or step by step if it has no kernel for these tensors."""
    kernel = kernel_for(job, a, parameters[0])
    if kernel is None:
        return job.steps(a, *state, *parameters)
    results: tuple[Tensor, ...] = Scan.apply(kernel, job.steps, a, *state, *parameters)
    return results[: kernel.outputs]


def kernel_for(job: Job, a: Tensor, w: Tensor) -> Kernel | None:
    """Return the fastest kernel for these pre-activations and recurrent weights, None for single steps.

    One step needs no kernel, nor do tensors without values. Half precision runs step by step, since
    2 sigmoid(2 z) - 1 loses small values.
    """
    full = a.dtype == w.dtype and a.dtype in (torch.float32, torch.float64)
    if not full or a.is_meta or torch.is_autocast_enabled(a.device.type) or a.shape[0] == 0 or a.shape[1] < 2:
        return None
    active, recorded = transforms(), torch.compiler.is_compiling() or torch.jit.is_tracing()
    if active <= {TransformType.Vmap, TransformType.Grad} and not recorded and compilable(w, a.shape[0]):
        found = job.kernel(True)
        if found is not None:
            return found
    return None if active else job.kernel(False)


def transforms() -> set[TransformType]:
    """Return the kinds of the active transforms of torch.func.

    Compiled kernels support vmap and grad. Neither other kernels nor torch's recurrent layers support transforms;
    single steps do, and vmap batches them over many networks.
    """
    return {interpreter.key() for interpreter in get_interpreter_stack() or ()}
