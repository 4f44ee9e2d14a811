"""Memory and time of a solution in closed form."""

import warnings

from ...errors import DataWarning
from ...formatting import duration
from ...runs.memory import check_memory

OPERATIONS = 2e10  # multiplications and additions in float64 per second, as of a few cores
LONG = 10.0  # seconds after which a user wonders
ADVICE = "a network that learns by gradient steps, such as model=linear, takes less"


def check_cost(inputs: int, *, values: float, operations: float) -> None:
    """Raise UserError if a closed form of this many inputs needs more memory than there is; warn if it takes long.

    values: numbers in float64 held at once; operations: multiplications and additions.
    """
    what = f"the closed form for {inputs} inputs"
    check_memory(8 * values, what, ADVICE)
    seconds = operations / OPERATIONS
    if seconds > LONG:
        warnings.warn(f"{what} takes about {duration(seconds)}; {ADVICE}", DataWarning, stacklevel=2)
