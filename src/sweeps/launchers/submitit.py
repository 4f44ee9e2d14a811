"""Jobs of a sweep on a SLURM cluster, or as processes of this machine, by submitit."""

import shutil
from pathlib import Path
from typing import Any, ClassVar

from ...config.hydra_configs import first_line
from ...errors import UserError
from ..job import Outcome, Setup
from ..pools import OnReport
from .base import JobPool, Launcher
from .remote import RemoteJob


class Submitit(Launcher):
    """Submits each run as a job with submitit. cluster: as submitit calls it; parameters: of submitit; None = unset."""

    package: ClassVar[str] = "submitit"
    extra: ClassVar[str] = "slurm"
    cluster: ClassVar[str]

    def __init__(self, parameters: dict[str, Any]) -> None:
        self.parameters = {key: value for key, value in parameters.items() if value is not None}

    def pool(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path) -> JobPool[Any]:
        """See `Launcher`."""
        return SubmititPool(setup, on_report, workers=workers, folder=folder, launcher=self)


class Slurm(Submitit):
    """Jobs on a SLURM cluster. The names of the settings are those of hydra-submitit-launcher.

    timeout_min: minutes after which a job is interrupted, and then continues in another one; signal_delay_s: seconds
    before that in which it saves its state; partition, qos, account, constraint: see sbatch;
    additional_parameters: further options of sbatch, such as {mail-type: FAIL}; setup: shell commands before a job.
    """

    cluster: ClassVar[str] = "slurm"

    def __init__(
        self,
        *,
        timeout_min: int = 60,
        cpus_per_task: int | None = None,
        gpus_per_node: int | None = None,
        mem_gb: float | None = None,
        partition: str | None = None,
        qos: str | None = None,
        account: str | None = None,
        constraint: str | None = None,
        signal_delay_s: int = 120,
        additional_parameters: dict[str, Any] | None = None,
        setup: list[str] | None = None,
    ) -> None:
        super().__init__(
            {
                "timeout_min": timeout_min,
                "cpus_per_task": cpus_per_task,
                "gpus_per_node": gpus_per_node,
                "mem_gb": mem_gb,
                "slurm_partition": partition,
                "slurm_qos": qos,
                "slurm_account": account,
                "slurm_constraint": constraint,
                "slurm_signal_delay_s": signal_delay_s,
                "slurm_additional_parameters": additional_parameters,
                "slurm_setup": setup,
            }
        )

    def check(self) -> None:
        """See `Launcher`."""
        super().check()
        if shutil.which("sbatch") is None:
            raise UserError(
                "launcher=submitit_slurm: this machine has no sbatch, the command of SLURM; run the sweep on a login "
                "node, or choose launcher=submitit_local"
            )


class Local(Submitit):
    """Jobs as processes of this machine, to try what `Slurm` does without a cluster.

    timeout_min: minutes after which a job is interrupted, and then continues in another one; gpus_per_node: GPUs that a
    job sees, by default none.
    """

    cluster: ClassVar[str] = "local"

    def __init__(self, *, timeout_min: int = 60, gpus_per_node: int | None = None) -> None:
        super().__init__({"timeout_min": timeout_min, "gpus_per_node": gpus_per_node})


class SubmititPool(JobPool[Any]):
    """Jobs of submitit. launcher: has their settings."""

    def __init__(self, setup: Setup, on_report: OnReport, *, workers: int, folder: Path, launcher: Submitit) -> None:
        super().__init__(setup, on_report, workers=workers, folder=folder)
        import submitit

        try:
            self.executor = submitit.AutoExecutor(folder=str(self.folder), cluster=launcher.cluster)
            self.executor.update_parameters(**launcher.parameters)
        except Exception as error:  # of submitit, about settings
            raise UserError(f"sweep.launcher: {first_line(error)}") from error

    def start(self, job: RemoteJob, name: str) -> Any:
        """See `JobPool`."""
        try:
            self.executor.update_parameters(name=name)
            return self.executor.submit(job)
        except Exception as error:  # of sbatch, about settings, or of pickling
            raise UserError(f"the job cannot be submitted: {first_line(error)}") from error

    def has_ended(self, handle: Any) -> bool:
        """See `JobPool`."""
        return bool(handle.done())

    def outcome(self, handle: Any) -> Outcome:
        """See `JobPool`."""
        try:
            found: Outcome = handle.result()
        except Exception as error:  # the process died, or has no result for another reason
            return Outcome("failed", f"job {handle.job_id}: {first_line(error)}; see {handle.paths.stderr}")
        return found

    def cancel(self, handle: Any) -> None:
        """See `JobPool`. SIGTERM lets the run save its state; submitit would kill a local job after a second."""
        process = getattr(handle, "_process", None)
        if process is not None:
            process.terminate()
        else:
            handle.cancel(check=False)
