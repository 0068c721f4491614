"""The nouns of zdpipe: frozen, without input or output."""
