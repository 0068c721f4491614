"""What may be a few entries or millions, kept in a file without a name."""

from __future__ import annotations

import pickle
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TypeVar, overload

from zdpipe.errors import StateError
from zdpipe.state.folder import make_private_folder

Entry = TypeVar("Entry")
# Each portion is one pickle: entries share their texts in it, and it is read at once.
_ENTRIES_AT_ONCE = 1_000


class Spooled(Sequence[Entry]):
    """Entries, in their order, that lie on disk in `folder` and vanish with the process.

    They can be gone through any number of times. Raises StateError where the disk refuses them.
    """

    def __init__(self, folder: Path, entries: Iterable[Entry]) -> None:
        with _explained(folder):
            make_private_folder(folder)
            self._file = TemporaryFile(dir=folder)  # noqa: SIM115  # it is closed together with this
        weakref.finalize(self, _close, self._file)
        self._folder = folder
        self._places: list[int] = []
        self._entries = 0
        waiting = iter(entries)
        while some := list(islice(waiting, _ENTRIES_AT_ONCE)):
            self._append(some)

    def __len__(self) -> int:
        return self._entries

    def __iter__(self) -> Iterator[Entry]:
        for portion in range(len(self._places)):
            yield from self._portion(portion)

    @overload
    def __getitem__(self, index: int) -> Entry: ...
    @overload
    def __getitem__(self, index: slice) -> list[Entry]: ...
    def __getitem__(self, index: int | slice) -> Entry | list[Entry]:
        if isinstance(index, slice):
            return list(self)[index]
        portion, place = divmod(range(len(self))[index], _ENTRIES_AT_ONCE)
        return self._portion(portion)[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # like a list's

    def _append(self, some: list[Entry]) -> None:
        with _explained(self._folder):
            self._places.append(self._file.tell())
            pickle.dump(some, self._file)
            self._file.flush()
        self._entries += len(some)

    def _portion(self, portion: int) -> list[Entry]:
        self._file.seek(self._places[portion])
        some: list[Entry] = pickle.load(self._file)  # noqa: S301  # nobody else can write there
        return some


def _close(file: IO[bytes]) -> None:
    # What did not fit on the disk is told already.
    with suppress(OSError):
        file.close()


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StateError(
            f"{folder} cannot be written to: {error.strerror or error}.",
            "See that the disk has room, and that you may write there.",
            code="workspace",
        ) from error
