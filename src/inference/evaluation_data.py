"""The data on which a run is evaluated again."""

from typing import Any

from ..builders.data import build_data, build_transforms
from ..builders.losses import build_loss
from ..builders.ranges import with_input_range
from ..config.given import Given
from ..data.base import Data
from ..errors import UserError
from ..files.paths import existing_file
from ..runs.checkpoint import Checkpoint
from ..training.changed_data import check_unchanged, suggesting_to_allow
from ..transforms import Transforms


def evaluation_data(
    config: dict[str, Any],
    checkpoint: Checkpoint,
    source: Any,
    given: Given,
    *,
    is_other: bool,
    allow_changed_data: bool,
) -> Data:
    """Return the data of a run or, if it is another table or array, its examples as a test set.

    source, given: data and objects from Python; is_other: the location of the data is set again. Raises UserError if
    the data has changed, and with allow_changed_data if it would no longer be preprocessed as in training.
    """
    if checkpoint.trained_on.digest is not None and str(config["data"]["_target_"]).endswith(".Array"):
        return table_data(config, checkpoint, source, given, allowed=is_other or allow_changed_data)
    data = build_data(config, source, checkpoint.transforms)
    with suggesting_to_allow():
        check_unchanged(data, config, checkpoint.trained_on, allowed=allow_changed_data)
    if data.has_digest(checkpoint.trained_on.digest) or checkpoint.preprocessing is None:
        return data
    if data.fitted_preprocessing.to_dict() != checkpoint.preprocessing:
        raise UserError(
            "the data has changed so much that its scaling or vocabulary is not that of the training data, so it "
            "cannot be evaluated; nnzoo predict can use it"
        )
    return data


def table_data(config: dict[str, Any], checkpoint: Checkpoint, source: Any, given: Given, *, allowed: bool) -> Data:
    """Return the table or array of a run; if it is allowed and has another checksum, all its rows as a test set."""
    from ..data.tables.new_examples import NewExamples  # pandas takes a while
    from ..data.tables.sources import digest_of, from_object
    from ..preprocessing.restore import restore

    table = from_object(source) if source is not None else None
    path, target = config["data"]["path"], config["data"]["target"]
    digest = table.digest if table else digest_of(existing_file(path), target)
    if digest == checkpoint.trained_on.digest or (table is None and not allowed):
        data = build_data(config, source, checkpoint.transforms)
        with suggesting_to_allow():
            check_unchanged(data, config, checkpoint.trained_on)
        return data
    config |= {"evaluate": ["test"], "evaluations": {}}  # which compare with the training data
    assert checkpoint.preprocessing is not None
    spec = checkpoint.spec
    transforms = build_transforms(config, checkpoint.transforms) or Transforms()
    loss = build_loss(config, spec, given=given)
    fitted = with_input_range(restore(checkpoint.preprocessing), config, spec, loss, transforms, given)
    fresh = NewExamples(spec=spec, preprocessing=fitted, given=table, settings=config["data"])
    fresh.transforms = transforms
    return fresh
