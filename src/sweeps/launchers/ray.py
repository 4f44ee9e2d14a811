"""Jobs of a sweep on a Ray cluster, or on this machine."""

import logging
import os
from pathlib import Path
from typing import Any, ClassVar

from ...config.hydra_configs import first_line
from ...errors import UserError
from ..job import Outcome, Setup
from ..pools import OnReport
from .base import JobPool, Launcher
from .remote import RemoteJob


class Ray(Launcher):
    """Runs each job as a task of Ray.

    address: of a cluster, such as auto or ray://HOST:10001, null = start Ray on this machine; num_cpus, num_gpus: that
    a job takes, num_gpus may be a fraction.
    """

    package: ClassVar[str] = "ray"
    extra: ClassVar[str] = "ray"

    def __init__(self, *, address: str | None = None, num_cpus: float = 1.0, num_gpus: float = 0.0) -> None:
        self.address = address
        self.num_cpus = num_cpus
        self.num_gpus = num_gpus

    def pool(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path) -> JobPool[Any]:
        """See `Launcher`."""
        return RayPool(setup, on_report, workers=workers, folder=folder, launcher=self)


class RayPool(JobPool[Any]):
    """Tasks of Ray. launcher: has their settings."""

    def __init__(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path, launcher: Ray) -> None:
        super().__init__(setup, on_report, workers=workers, folder=folder)
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # as Ray's next version, without a warning
        import ray

        self.ray = ray
        self.ours = not ray.is_initialized()
        if self.ours:
            try:
                own: dict[str, Any] = {} if launcher.address else {"include_dashboard": False}
                ray.init(address=launcher.address, log_to_driver=False, logging_level=logging.ERROR, **own)
            except (ConnectionError, ValueError, RuntimeError) as error:
                where = launcher.address or "this machine"
                raise UserError(f"Ray does not start ({where}): {first_line(error)}") from error
        self.execute = ray.remote(num_cpus=launcher.num_cpus, num_gpus=launcher.num_gpus, max_retries=0, max_calls=1)(
            call
        )

    def start(self, job: RemoteJob, name: str) -> Any:
        """See `JobPool`."""
        return self.execute.options(name=name).remote(job)

    def has_ended(self, handle: Any) -> bool:
        """See `JobPool`."""
        return bool(self.ray.wait([handle], timeout=0)[0])

    def outcome(self, handle: Any) -> Outcome:
        """See `JobPool`."""
        try:
            found: Outcome = self.ray.get(handle)
        except self.ray.exceptions.RayError as error:  # the process died, or was cancelled before it started
            status = "interrupted" if isinstance(error, self.ray.exceptions.TaskCancelledError) else "failed"
            return Outcome(status, f"{type(error).__name__}: {first_line(error)}")
        return found

    def cancel(self, handle: Any) -> None:
        """See `JobPool`."""
        self.ray.cancel(handle)

    def close(self) -> None:
        """See `Pool`. Stops Ray if this process has started it."""
        super().close()
        if self.ours:
            self.ray.shutdown()


def call(job: RemoteJob) -> Outcome:
    """Execute a job in a process of Ray."""
    return job()
