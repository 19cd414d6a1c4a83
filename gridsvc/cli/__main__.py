"""`python -m gridsvc.cli` is the command line."""

from gridsvc.cli.main import main

main()
