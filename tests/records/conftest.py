"""A busy machine is slow, not wrong: no example has a deadline."""

from hypothesis import settings

settings.register_profile("records", deadline=None)
settings.load_profile("records")
