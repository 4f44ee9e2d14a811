"""`nnzoo gradient_norms`: gradient norms through time of recurrent networks."""

from ..config.compose import compose
from ..teaching.limits import EXAMPLES, MODELS, SEEDS, STEPS, check_counts, runs_of
from ..training.saved import plain
from .arguments import parse_arguments, parse_list, parse_number
from .run_arguments import parse_form
from .teaching_arguments import check_picture, refuse_misspelled, save_picture

COUNTS = {"seeds": SEEDS, "steps": STEPS, "examples": EXAMPLES}
ARGUMENTS = ("models", *COUNTS, "output")


def command(args: list[str]) -> int:
    """Train the networks and print the norms of the first and the last step, or all of them as CSV."""
    form, args = parse_form(args, ("--csv",))
    found, overrides = parse_arguments(args, ARGUMENTS, ())
    refuse_misspelled(overrides, ARGUMENTS)
    counts = {key: parse_number(key, found.get(key, str(default)), int) for key, default in COUNTS.items()}
    check_counts(**counts)
    models = parse_list(found["models"]) if "models" in found else list(MODELS)
    runs = runs_of(overrides, models, counts["seeds"])
    if "output" in found:
        check_picture(found["output"])
    configs = {model: [plain(compose(lines)) for lines in each] for model, each in runs.items()}
    from ..teaching.gradient_norms import norms_of_configs

    norms = norms_of_configs(configs, steps=counts["steps"], examples=counts["examples"])
    print(norms.table.to_csv(index=False, lineterminator="\n").rstrip("\n") if form else norms)
    if "output" in found:
        save_picture(norms.plot(), found["output"])
    return 0
