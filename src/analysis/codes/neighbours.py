"""How well the neighbours of a point predict its class or its value.

Shapes: N points, D coordinates.
"""

from torch import Tensor

NEIGHBOURS = 5


def leave_one_out(points: Tensor, target: Tensor, neighbours: int = NEIGHBOURS) -> float:
    """Return how well the nearest other points predict the target of each of the points (N, D).

    target: classes (N,), for the share of right predictions, or real numbers (N,), for r2. There must be more points
    than `neighbours`.
    """
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor  # here, since the import takes a second

    model = KNeighborsRegressor(neighbours) if target.is_floating_point() else KNeighborsClassifier(neighbours)
    model.fit(points.double().cpu().numpy(), y := target.cpu().numpy())
    return float(model.score(None, y))  # None: a point is not its own neighbour
