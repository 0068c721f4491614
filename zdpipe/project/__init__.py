"""zdpipe.toml → frozen objects; secrets stay references until they are used."""
