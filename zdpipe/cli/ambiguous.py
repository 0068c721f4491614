"""A key that means several customers, told with their names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def named_candidates(*, show_pii: bool) -> Iterator[None]:
    """Name whom an ambiguous key could mean, masked unless asked otherwise."""
    from zdpipe.pipeline.person import AmbiguousKey
    from zdpipe.reports.mask import mask_identifier

    try:
        yield
    except AmbiguousKey as error:
        shown = [key if show_pii else mask_identifier(key) for key in error.candidates]
        raise error.naming(shown) from None
