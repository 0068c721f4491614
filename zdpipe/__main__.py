"""`python -m zdpipe` is the `zdpipe` command."""

from zdpipe.cli.app import main

if __name__ == "__main__":
    main()
