"""scikit-learn's checks of estimators."""

from functools import partial

import nnzoo
import pytest
from sklearn.utils.estimator_checks import estimator_checks_generator

SMALL = {"optimizer.lr": 0.1, "loader.batch_size": 16}
CLASSIFIER = nnzoo.NNZooClassifier("linear", max_epochs=6, settings=SMALL, random_state=0)
TRANSFORMER = nnzoo.NNZooTransformer(max_epochs=1, settings={"model.hidden": [], "model.code": 2}, random_state=0)
REGRESSOR = nnzoo.NNZooRegressor("linear", max_epochs=6, settings=SMALL, random_state=0)


SLOW = ("check_classifiers_classes", "check_estimators_dtypes", "check_classifier_data_not_an_array")  # many fits


def checks():
    """Yield each check with its estimator; those of all estimators are slow but for the first, as repetitions are."""
    for estimator in (CLASSIFIER, REGRESSOR, TRANSFORMER):
        for each, check in estimator_checks_generator(estimator):
            name = getattr(check, "func", check).__name__
            settings = check.keywords if isinstance(check, partial) else {}
            text = f"{type(each).__name__}-{name}{'-memmap' * settings.get('readonly_memmap', False)}"
            common = estimator is not CLASSIFIER and "regressor" not in name and "transformer" not in name
            slow = common or name in SLOW or (settings.get("readonly_memmap") and name.endswith("_train"))
            yield pytest.param(each, check, id=text, marks=[pytest.mark.slow] if slow else [])


@pytest.mark.parametrize(("estimator", "check"), list(checks()))
def test_estimator_check(estimator, check):
    check(estimator)
