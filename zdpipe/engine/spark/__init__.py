"""A Spark cluster as the source, through Spark Connect."""
