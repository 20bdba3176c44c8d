"""`python -m bots` is the command `starlight`."""

from bots.cli import main

main()
