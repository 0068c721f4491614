"""Running a query: a locked-down session over the source, and its result as a stream of frames."""
