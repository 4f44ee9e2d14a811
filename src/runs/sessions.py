"""Records of TensorBoard's HParams tab: the settings of a run and the group that it belongs to. Imports no torch."""

import time
from collections.abc import Mapping

from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionStartInfo

from .settings import Plain


def session_start(settings: Mapping[str, Plain], group: str) -> Summary:
    """Return the record of a run's settings. Runs with the same group share a row of the tab."""
    start = SessionStartInfo(group_name=group, start_time_secs=time.time())
    for name, value in settings.items():
        match value:
            case bool():
                start.hparams[name].bool_value = value
            case str():
                start.hparams[name].string_value = value
            case _:
                start.hparams[name].number_value = value
    return summary_of(metadata.SESSION_START_INFO_TAG, HParamsPluginData(session_start_info=start))


def summary_of(tag: str, content: HParamsPluginData) -> Summary:
    """Return a record of the tab as a summary."""
    return Summary(value=[Summary.Value(tag=tag, metadata=metadata.create_summary_metadata(content))])
