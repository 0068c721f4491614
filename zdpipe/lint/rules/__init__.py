"""One rule per file, each named for the pattern it finds."""
