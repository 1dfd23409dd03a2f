"""`python -m spexlab.cli`."""

from spexlab.cli import main

main()
