"""A disk that is full, read-only or damaged: told with the file and the cure, and nobody is lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.stories.matrix import Bench, Step
from tests.stories.world import Ended, World

PEOPLE = 250
HALFWAY = "halfway"


@dataclass(frozen=True)
class Files:
    """What lies on the disk of a world."""

    world: World

    @property
    def root(self) -> Path:
        return self.world.folder / ".zdpipe"

    @property
    def state(self) -> Path:
        return self.root / "state.sqlite"

    @property
    def known(self) -> Path:
        (path,) = (self.root / "known").glob("*.duckdb")
        return path

    @property
    def outbox(self) -> Path:
        return max((self.root / "runs").rglob("outbox.parquet"))

    @property
    def account(self) -> Path:
        (path,) = Path(self.world.environment["XDG_STATE_HOME"], "zdpipe", "accounts").iterdir()
        return path


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    made = Bench(tmp_path_factory.mktemp("hostile") / "bench", PEOPLE)
    made.prepare()
    with made.fresh():
        answer = made.points(*Step("run").words).index("after POST create_or_update_many") + 1
    with made.fresh():
        assert made.suffer([Step("run", at=answer + 2)]) == 1  # once the answer is committed
    made.keep(HALFWAY)
    return made


@pytest.fixture
def halfway(bench: Bench) -> Iterator[Files]:
    """A run of three batches, cut off after its first answer."""
    with bench.fresh(HALFWAY) as world:
        yield Files(world)


def garbage(path: Path) -> None:
    path.write_bytes(b"garbage!" * 2000)


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def pages(path: Path) -> None:
    """Damage everything but the first page."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xa5" * (len(content) - 4096))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def told(ended: Ended, *codes: int) -> dict[str, str]:
    """Return the error of a command that ended with one of the codes."""
    assert ended.code in codes, ended.err + ended.out
    assert "Traceback" not in ended.err + ended.out
    error: dict[str, str] = json.loads(ended.out)["error"]
    assert error["hint"]
    return error


def words(command: str) -> list[str]:
    return [*Step(command).words, "--format", "json"]


def put_back(path: Path, kept: Path) -> None:
    for beside in (path, *path.parent.glob(f"{path.name}*")):
        shutil.rmtree(beside) if beside.is_dir() else beside.unlink(missing_ok=True)
    for file in kept.iterdir():
        shutil.copyfile(file, path.with_name(file.name))


@pytest.mark.crash
@pytest.mark.parametrize("command", ["run", "resume"])
@pytest.mark.parametrize("damage", [garbage, half, empty, pages, folder])
@pytest.mark.parametrize("what", ["state", "known", "outbox"])
def test_a_damaged_file_is_told_and_its_backup_goes_on(
    bench: Bench, halfway: Files, tmp_path: Path, what: str, damage: Callable[[Path], None], command: str
) -> None:
    path: Path = getattr(halfway, what)
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(file, tmp_path / file.name)
    if what == "state":
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink()
    damage(path)
    ended = bench.zdpipe(*words(command))
    error = told(ended, 2, 4)
    assert str(path) in error["message"]
    put_back(path, tmp_path)
    # A run that could not read the known users has ended: it had sent nothing.
    bench.check(command if what == "known" else "resume", thoroughly=False)


@pytest.mark.crash
@pytest.mark.parametrize("command", ["run", "resume"])
@pytest.mark.parametrize("damage", [garbage, half, empty, pages])
@pytest.mark.parametrize("name", ["limits.sqlite", "writer.lock", "writer.json"])
def test_a_damaged_file_that_can_be_remade_stops_nobody(
    bench: Bench, halfway: Files, name: str, damage: Callable[[Path], None], command: str
) -> None:
    damage(halfway.account / name)
    bench.check(command, thoroughly=False)


def test_known_users_moved_away_cost_requests_but_nobody(bench: Bench, halfway: Files) -> None:
    garbage(halfway.known)
    error = told(halfway.world.zdpipe(*words("resume")), 4)
    assert "move it away" in error["hint"]
    halfway.known.rename(halfway.root / "damaged")
    assert halfway.world.zdpipe(*words("resume")).code == 0
    assert halfway.world.zdpipe(*words("run")).code == 0
    again = halfway.world.zdpipe(*words("run")).json["counts"]
    assert again["unchanged"] == PEOPLE
    bench._compare_account()


def test_a_lost_outbox_is_planned_anew(bench: Bench, halfway: Files) -> None:
    half(halfway.outbox)
    error = told(halfway.world.zdpipe(*words("resume")), 2, 4)
    assert "zdpipe run" in error["hint"]


def test_a_newer_state_is_left_alone(bench: Bench, halfway: Files) -> None:
    with closing(sqlite3.connect(halfway.state)) as connection:
        connection.execute("PRAGMA user_version = 999")
    for command in ("run", "resume"):
        error = told(halfway.world.zdpipe(*words(command)), 2)
        assert "newer" in error["message"]
        assert "Upgrade" in error["hint"]


def test_newer_known_users_are_left_alone(bench: Bench, halfway: Files) -> None:
    with closing(duckdb.connect(halfway.known)) as connection:
        connection.execute("UPDATE meta SET format_version = 999")
    error = told(halfway.world.zdpipe(*words("run")), 2)
    assert str(halfway.known) in error["message"]
    assert "Update zdpipe" in error["hint"]


def may_mount() -> bool:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True, check=False
    )
    return done.returncode == 0


mounting = pytest.mark.skipif(not may_mount(), reason="this user may not mount a file system")


@dataclass
class Disk:
    """A small disk in place of the state folder, seen only inside its own mount namespace."""

    world: World
    pid: int

    @property
    def root(self) -> Path:
        return Path(f"/proc/{self.pid}/root") / str(self.world.folder / ".zdpipe").lstrip("/")

    def within(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["nsenter", "--mount", f"--target={self.pid}", f"--wd={self.world.folder}", *command],
            env=self.world.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def zdpipe(self, *arguments: str) -> Ended:
        done = self.within(*self.world.command(*arguments))
        return Ended(done.returncode, done.stdout, done.stderr)

    def remount(self, options: str) -> None:
        done = self.within("mount", "-o", f"remount,{options}", str(self.world.folder / ".zdpipe"))
        assert done.returncode == 0, done.stderr

    def leave_free(self, size: int) -> None:
        """Fill the disk up to so many bytes."""
        room = os.statvfs(self.root)
        filler = room.f_bavail * room.f_frsize - size
        (self.root / "filler").write_bytes(b"\0" * filler)

    def empty(self) -> None:
        (self.root / "filler").unlink()


@contextmanager
def small_disk(world: World, kind: str = "size=64m") -> Iterator[Disk]:
    """Mount a tmpfs with the state on it; it goes with the process that holds the namespace."""
    place = world.folder / ".zdpipe"
    mount = f'mount -t tmpfs -o {kind} tmpfs "$0"'
    script = f'cp -a "$0" "$0.kept" && {mount} && cp -a "$0.kept/." "$0" && echo ok && cat'
    process = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ok\n"
    try:
        yield Disk(world, process.pid)
    finally:
        process.communicate("")
        shutil.rmtree(f"{place}.kept")


def finished(disk: Disk, bench: Bench, command: str) -> None:
    """Go on on the same disk, and see that everybody arrived."""
    ended = disk.zdpipe(*words(command))
    assert ended.code == 0, ended.err + ended.out
    assert ended.json["counts"]["pending"] == 0
    again = disk.zdpipe(*words("run")).json["counts"]
    assert again["unchanged"] == again["read"] == PEOPLE
    bench._compare_account()


@pytest.mark.crash
@mounting
@pytest.mark.parametrize("free", [0, 16_384, 65_536, 131_072, 262_144, 400_000, 600_000, 900_000, 1_300_000])
def test_a_full_disk_at_every_stage_is_told_and_continued(bench: Bench, free: int) -> None:
    with bench.fresh() as world, small_disk(world) as disk:
        before = bench.world.stats()["writes"]
        disk.leave_free(free)
        ended = disk.zdpipe(*words("run"))
        if ended.code != 0:
            error = told(ended, 2, 4)
            assert str(world.folder) in error["message"], error
            assert "room" in error["hint"] or "space" in error["hint"], error
            assert ended.code == (2 if world.stats()["writes"] == before else 4), error
        disk.empty()
        finished(disk, bench, "resume" if ended.code == 4 else "run")
    assert free > 1_000_000 or ended.code != 0


@mounting
def test_a_read_only_disk_is_told_and_continued(bench: Bench, halfway: Files) -> None:
    with small_disk(halfway.world) as disk:
        disk.remount("ro")
        for command in ("run", "resume"):
            error = told(disk.zdpipe(*words(command)), 2, 4)
            assert str(halfway.root) in error["message"]
            assert "writable" in error["hint"]
        disk.remount("rw")
        finished(disk, bench, "resume")


def test_another_user_s_folder_is_told(bench: Bench, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root passes every permission; a read-only disk stands for it")
    with bench.fresh() as world:
        (world.folder / ".zdpipe").chmod(0o500)
        try:
            error = told(world.zdpipe(*words("run")), 2)
        finally:
            (world.folder / ".zdpipe").chmod(0o700)
    assert "writable" in error["hint"]
