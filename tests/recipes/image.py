"""What building and running an image does, in a folder of its own, as far as that needs no Docker.

`RUN` lines are run by `sh`, with the paths of the image below the folder. Users and groups are not made,
since they would be this machine's; what runs is the user of the tests, who may not change the project either.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.recipes.conftest import LINTERS, ROOT

FOLDER = ROOT / "recipes" / "docker"
_PARSE = (
    "import json, sys, dockerfile_parse as d; p = d.DockerfileParser(fileobj=open(sys.argv[1], 'rb')); "
    "print(json.dumps([(i['instruction'], i['value']) for i in p.structure]))"
)
# Root may write everywhere; without its capabilities it is a user like others (capabilities(7)).
_WITHOUT_POWERS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
_OF_THE_MACHINE = re.compile(r"(groupadd|useradd) [^&]*&& *|-o \d+ -g \d+")


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with their values; lines that go on are joined."""
    words = [str(LINTERS / "python"), "-c", _PARSE, str(FOLDER / "Dockerfile")]
    found: list[tuple[str, str]] = json.loads(subprocess.check_output(words, text=True))
    return found


def values(name: str) -> list[str]:
    """Return the values of all instructions of a kind, in order."""
    return [value for instruction, value in instructions() if instruction == name]


@dataclass(frozen=True)
class Image:
    """An image in a folder; its volume is a folder below it."""

    root: Path

    @property
    def project(self) -> Path:
        """The folder that commands begin in."""
        return self.root / "project"

    @property
    def volume(self) -> Path:
        """What lasts when a container ends."""
        return self.root / "var" / "lib" / "zdpipe"

    def build(self, context: Path, pip_variables: Mapping[str, str]) -> None:
        """Run the `RUN` lines of all stages, and copy of a project what `.dockerignore` lets through."""
        (argument,) = values("ARG")
        name, _, value = argument.partition("=")
        environment = {"PATH": os.environ["PATH"], name: value.strip('"'), **pip_variables}
        self.volume.parent.mkdir(parents=True)
        (self.root / "opt").mkdir()
        self.project.mkdir()
        copy_context(context, self.project)
        for line in values("RUN"):
            words = ["/bin/sh", "-c", self._here(_OF_THE_MACHINE.sub("", line))]
            subprocess.run(words, cwd=self.project, env=environment, capture_output=True, check=True)

    def start(self, variables: Mapping[str, str], *words: str) -> subprocess.Popen[str]:
        """Start a container: the entrypoint with these words, by default those of the image."""
        (entrypoint,), (command,) = values("ENTRYPOINT"), values("CMD")
        return subprocess.Popen(
            [*_WITHOUT_POWERS, *json.loads(entrypoint), *(words or json.loads(command))],
            cwd=self.project,
            env=self._environment() | dict(variables),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, variables: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
        """Run a container until it ends."""
        process = self.start(variables, *words)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def _environment(self) -> dict[str, str]:
        (line,) = values("ENV")
        said = dict(re.findall(r'(\w+)="([^"]*)"', line))
        return {name: self._here(value).replace("$PATH", "/usr/bin:/bin") for name, value in said.items()}

    def _here(self, text: str) -> str:
        return re.sub(r"(?<!\S)(?<!:)/(opt|var)/|(?<=\")/(opt|var)/", lambda m: f"{self.root}{m[0]}", text)


def copy_context(context: Path, to: Path) -> None:
    """Copy what `.dockerignore` lets through: `*` leaves out everything, and `!name` takes a name back in."""
    lines = (FOLDER / ".dockerignore").read_text(encoding="utf-8").splitlines()
    first, *names = [line for line in lines if line and not line.startswith("#")]
    assert first == "*"
    for name in names:
        assert re.fullmatch(r"![\w.]+", name), f"{name} is more than a name, which this reader does not know"
        source = context / name[1:]
        if source.is_dir():
            shutil.copytree(source, to / source.name)
        elif source.exists():
            shutil.copy(source, to)
