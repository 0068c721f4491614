"""The command line: flags to one call to an exit code."""
