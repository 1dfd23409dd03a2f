"""As tests, notebooks run with small values: a class waits minutes for what a test must do in seconds."""

import os

os.environ.setdefault("SPEXLAB_QUICK", "1")
collect_ignore = ["exercises/solutions"]  # tests/workshop runs them, and asks that each answer is right
