"""The cost of augmentation: epochs of ResNet-20 on colour images with random transforms, against epochs without."""

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

import training

EXAMPLES = 300  # per epoch
IMAGES = Path(tempfile.gettempdir()) / "nnzoo-bench-images.npz"
TRANSFORMS = [("crop", "flip"), ("crop", "flip", "rotate", "color_jitter", "pca_noise")]
TARGET = 1.15
CASE = training.Case(
    "ResNet-20 on colour images of 32x32 pixels, batch 100",
    ("model=resnet20", "data=array", f"data.path={IMAGES}", "data.val=0", "loader.batch_size=100"),
    epochs=1,
    target=TARGET,
)


def all_cases() -> Iterator[dict[str, Any]]:
    """Yield the cost of the usual transforms, and of all random ones."""
    random_images(IMAGES, EXAMPLES)
    try:
        for chosen in TRANSFORMS:
            yield measure(CASE, chosen)
    finally:
        IMAGES.unlink()


def measure(case: training.Case, transforms: tuple[str, ...]) -> dict[str, Any]:
    """Return the medians of a case with and without transforms; the sides take turns."""
    chosen = f"transforms=[{','.join(transforms)}]"
    cases = [case, replace(case, overrides=(*case.overrides, chosen))]
    data, threads = zip(*map(training.prepared, cases), strict=True)
    sides = list(zip(cases, data, strict=True))
    times = [[training.ours(*side) for side in sides] for _ in range(1 + case.repeats)]
    without, augmented = zip(*times[1:], strict=True)  # the first time warms up
    return {
        "case": f"{case.name}: {', '.join(transforms)}",
        "threads": threads[0],
        "without_ms": 1e3 * statistics.median(without),
        "with_ms": 1e3 * statistics.median(augmented),
        "ratio": statistics.median(b / a for a, b in zip(without, augmented, strict=True)),
        "target": case.target,
    }


def random_images(path: Path, examples: int) -> None:
    """Write random colour images with ten classes."""
    generator = np.random.default_rng(0)
    x = generator.integers(0, 256, (examples, 3, 32, 32), dtype="uint8")
    np.savez(path, x=x, y=np.arange(examples) % 10)
