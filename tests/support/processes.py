"""Python in a process of its own."""

import subprocess
import sys
from typing import Any


def python(*args: str, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run the interpreter; settings are those of subprocess.run. Output and errors are captured as text."""
    return subprocess.run([sys.executable, *args], capture_output=True, text=True, **settings)
