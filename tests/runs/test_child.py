import subprocess
import sys
from pathlib import Path

from nnzoo.runs.child import Child


def test_a_process_is_terminated_and_may_have_ended(tmp_path: Path) -> None:
    child = Child.__new__(Child)
    child.process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    child.log = tmp_path / "0.log"
    child.terminate()
    assert child.death("the worker") == "the worker was killed by SIGTERM"
    child.terminate()
    child.process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    assert child.death("the worker") == f"the worker ended with exit code 3; see {tmp_path / '0.log'}"
    child.log = None
    assert child.death("the worker") == "the worker ended with exit code 3"
