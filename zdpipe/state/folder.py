"""The state folder: where everything lies, who may read it, and whether it can be trusted."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from zdpipe.errors import StateError

# File systems on which SQLite's and DuckDB's locks do not hold between machines (sqlite.org/faq.html#q5).
NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
        "fuse.rclone",
    }
)
OUTBOX = "outbox.parquet"
_MOUNTS = Path("/proc/self/mounts")
_README = """This folder belongs to zdpipe: what was sent to Zendesk, run by run.
It holds personal data. Do not commit it, and do not edit it while zdpipe runs.
Deleting it makes zdpipe forget what Zendesk already has: the next run sends everybody again.
"""


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths below the project's state folder (by default `.zdpipe`)."""

    root: Path

    @property
    def database(self) -> Path:
        """Runs, batches and results (SQLite)."""
        return self.root / "state.sqlite"

    @property
    def temporary(self) -> Path:
        """Spill files of the engines; empty between commands."""
        return self.root / "tmp"

    def known_users(self, account: str) -> Path:
        """What an account's users got from us (DuckDB)."""
        return self.root / "known" / f"{file_name(account)}.duckdb"

    def staff(self, account: str) -> Path:
        """Who an account's agents and admins were when they were last asked for (JSON)."""
        return self.root / "known" / f"{file_name(account)}.staff.json"

    def familiar(self, account: str, query: str) -> Path:
        """Prints of a query's rows, and of what they are in an account (Parquet)."""
        name = hashlib.sha256(query.encode()).hexdigest()[:16]
        return self.familiar_rows / f"{file_name(account)}-{name}.parquet"

    @property
    def familiar_rows(self) -> Path:
        """Such files of all queries; plans take longer without them."""
        return self.root / "familiar"

    def run(self, run_id: str) -> Path:
        """Files of one run: the outbox, its rejected rows and its warnings."""
        return self.root / "runs" / run_id

    def outbox(self, run_id: str) -> Path:
        """Payloads of a run in sending order (Parquet)."""
        return self.run(run_id) / OUTBOX

    def before(self, run_id: str, sitting: int) -> Path:
        """What users held before a sitting of a run wrote to them (Parquet); resumed runs have several."""
        return self.run(run_id) / f"before-{sitting}.parquet"

    def befores(self, run_id: str) -> list[Path]:
        """Return those files that are there, oldest first."""
        paths = self.run(run_id).glob("before-*.parquet")
        return sorted(paths, key=lambda path: (len(path.name), path.name))

    def errands(self, run_id: str) -> Path:
        """Who is gone or came back, and what is done to them (Parquet)."""
        return self.run(run_id) / "errands.parquet"

    def members(self, run_id: str) -> Path:
        """Whom the known users are still to count among a query's people, or no more (Parquet)."""
        return self.run(run_id) / "members.parquet"

    def simulator(self, name: str) -> Path:
        """The embedded simulator's account (SQLite), one for each destination of kind simulator."""
        return self.root / "simulator" / f"{file_name(name)}.sqlite"

    def orchestration(self, name: str) -> Path:
        """Where the lock of an orchestration lies, and who holds it; without suffix."""
        return self.root / "orchestrations" / name

    @property
    def approvals(self) -> Path:
        """Where the lock of approvals.json lies, which is itself no part of the state; without suffix."""
        return self.root / "approvals"

    @property
    def logs(self) -> Path:
        """Tracebacks of bugs."""
        return self.root / "logs"


def file_name(account: str) -> str:
    """Turn an account's host into a file name that reads like it."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", account)


def prepare_state_folder(root: Path) -> StateFolder:
    """Create the folder for its owner alone, or explain why it cannot be used."""
    folder = StateFolder(root)
    refuse_network_file_system(root)
    try:
        for path in (
            root,
            folder.temporary,
            root / "known",
            root / "runs",
            root / "simulator",
            root / "orchestrations",
        ):
            make_private_folder(path)
        readme = root / "README.txt"
        if not readme.exists():
            readme.write_text(_README, encoding="utf-8")
            readme.chmod(0o600)
    except OSError as error:
        raise _unusable(root, error) from error
    if not os.access(root, os.W_OK | os.X_OK):
        raise _unusable(root, PermissionError("Permission denied"))
    return folder


def make_private_folder(path: Path) -> None:
    """Create a folder that only its owner may enter."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)


def touch_private(path: Path) -> None:
    """Create an empty file that only its owner may read, where there is none."""
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def refuse_network_file_system(path: Path, mounts: Path = _MOUNTS) -> None:
    """Raise StateError where the path lies on a network file system; silent where that cannot be told."""
    kind = _file_system(path, mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise StateError(
            f"The state folder {path} lies on a network file system ({kind}), where locks do not hold.",
            "Set [paths] state in zdpipe.toml to a folder on a local disk.",
        )


def _file_system(path: Path, mounts: Path) -> str | None:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    place = path.resolve()
    best: tuple[int, str] | None = None
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount, kind = Path(_unescaped(fields[1])), fields[2]
        if place.is_relative_to(mount) and (best is None or len(mount.parts) >= best[0]):
            best = (len(mount.parts), kind)
    return best[1] if best else None


def _unescaped(field: str) -> str:
    # Blanks, tabs, newlines and backslashes are written in octal (man fstab).
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _unusable(root: Path, error: OSError) -> StateError:
    return StateError(
        f"The state folder {root} cannot be used: {error.strerror or error}.",
        "Make it writable for you, or set [paths] state in zdpipe.toml to a folder that is.",
    )
