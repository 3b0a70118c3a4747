"""All benchmarks: ``python -m benchmarks`` (more than an hour)."""

import subprocess
import sys

for module in ("readers", "dsn", "activity", "allocation", "whole_run"):
    subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=True)
