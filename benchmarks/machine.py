"""On what machine a benchmark ran, in words."""

import os
import platform
from pathlib import Path

from spexlab.extraction.memory import machine_memory


def machine() -> str:
    """Processor, cores, memory and system."""
    file = Path("/proc/cpuinfo")
    told = file.read_text(encoding="utf-8") if file.exists() else ""
    names = [line.partition(":")[2].strip() for line in told.splitlines() if line.startswith("model name")]
    processor = names[0] if names else platform.processor()
    return f"{processor}, {os.cpu_count()} cores, {machine_memory() / 2**30:.0f} GiB, {platform.system()}"
