"""`python -m glot.cli`."""

from glot.cli import main

main()
