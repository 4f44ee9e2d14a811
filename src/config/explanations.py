"""What `nnzoo explain` shows, and the arguments of each method. Imports no torch."""

from collections.abc import Collection, Sequence

from ..errors import UserError, unknown

SCORE = frozenset(["class", "layer", "unit"])  # what is explained: the score of a class, or a hidden unit
OF_IMAGES = SCORE | {"input", "images"}
METHODS = {
    "saliency": OF_IMAGES,
    "guided": OF_IMAGES,
    "deconvnet": OF_IMAGES,
    "occlusion": OF_IMAGES,
    "synthesis": SCORE,
    "units": frozenset(["layer", "unit", "input"]),
    "inversion": frozenset(["layer", "input", "images"]),
    "feature_maps": frozenset(["layer", "input"]),
    "filters": frozenset(["layer"]),
}
"""Name of a method -> the arguments that it uses."""
DEFAULT_METHODS = ("saliency", "occlusion")
NEED_LAYER = ("units", "inversion")
MOST_IMAGES = 10


def check_methods(methods: Sequence[str], given: Collection[str]) -> None:
    """Raise UserError for an unknown method, and for arguments that do not fit.

    given: which of the arguments class, layer, unit, input and images are set.
    """
    if not methods:
        raise UserError(f"method=... takes one or several of {', '.join(METHODS)}")
    for method in methods:
        if method not in METHODS:
            raise unknown("method", method, METHODS)
        if methods.count(method) > 1:
            raise UserError(f"method={','.join(methods)} names {method} twice; name it once")
    used = frozenset().union(*(METHODS[method] for method in methods))
    for key in sorted(given):
        if key not in used:
            having = ", ".join(method for method, keys in METHODS.items() if key in keys)
            raise UserError(f"{key}=... has no effect with method={','.join(methods)}; {having} use it")
    if "unit" in given and "layer" not in given:
        raise UserError("unit=... is the number of a unit of a layer; add layer=...")
    of_score = next((method for method in methods if METHODS[method] >= SCORE), None)
    if of_score and {"class", "layer"} <= set(given):
        raise UserError(f"{of_score} explains either a class or a unit of a layer; leave out class=... or layer=...")
    if of_score and "layer" in given and "unit" not in given:
        raise UserError(f"{of_score} explains one unit of a layer; add unit=...")
    for method in methods:
        if method in NEED_LAYER and "layer" not in given:
            raise UserError(f"{method} needs layer=..., the name of a layer; method=feature_maps shows names")
