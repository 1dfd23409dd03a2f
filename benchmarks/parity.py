"""Is spexlab's SPEX numerically the authors'? Compare with tensors recorded from their code.

    python benchmarks/parity.py ../shared/reference/golden

The folder holds ``golden.json`` (``files``: file name -> configuration) and the safetensors files it names: inputs
``<case>.in.*``, results ``<case>.out.*`` (also ``.grad.``, ``.alt.``) and weights ``sd.<the authors' name>``.

The relative difference of a tensor is max|ours - theirs| / max|theirs|: one number on the scale of the tensor, that does
not blow up where an entry happens to be near 0. Whole numbers and booleans differ by 1 (100 %) unless all are equal.
Exit code: 0 within the tolerance, 1 above it, 2 if the folder cannot be compared.
"""

import argparse
import sys
from pathlib import Path

import torch
from golden import Golden, GoldenError, read_folder
from parity_checks import check
from rich.console import Console
from rich.table import Table

TOLERANCE = 1e-4


def compare_file(golden: Golden) -> dict[str, float]:
    """Relative difference of each compared tensor of one file."""
    try:
        differences = check(golden)
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError, StopIteration) as error:
        message = f"{golden.name} and its entry in golden.json do not go together: {' '.join(repr(error).split())}"
        raise GoldenError(message) from error
    if not differences:
        message = f"{golden.name} holds nothing to compare: no '<case>.out.*' tensor is known."
        raise GoldenError(message)
    return differences


def main(arguments: list[str] | None = None) -> int:
    """Print the table; see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder with golden.json and the tensors recorded from the authors' code")
    folder = parser.parse_args(arguments).folder
    torch.set_num_threads(1)
    table = Table("golden file", "tensors", "largest relative difference", "in", "", title=f"float32, tolerance {TOLERANCE:g}")
    passed, unread = True, []
    try:
        for golden in read_folder(folder):
            differences = compare_file(golden)
            worst = max(differences, key=differences.__getitem__)
            good = differences[worst] <= TOLERANCE
            passed &= good
            table.add_row(golden.name, str(len(differences)), f"{differences[worst]:.1e}", worst, "ok" if good else "ABOVE")
            unread += [f"{golden.name}: {key}" for key in golden.results() if key not in differences]
    except GoldenError as error:
        print(f"parity: {error}", file=sys.stderr)
        return 2
    Console(width=None if sys.stdout.isatty() else 150).print(table)
    if unread:
        print("not compared, because SPEX never uses it:", ", ".join(unread))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
