"""All benchmarks: ``python -m benchmarks`` (about a quarter of an hour)."""

import subprocess
import sys

for module in ("benchmarks.readers", "benchmarks.dsn", "benchmarks.activity", "benchmarks.whole_run"):
    subprocess.run([sys.executable, "-m", module], check=True)
