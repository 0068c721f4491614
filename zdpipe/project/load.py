"""zdpipe.toml from disk, checked to the last key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from zdpipe.errors import ProjectError
from zdpipe.model.fields import TAGS
from zdpipe.model.gone import GoneAction
from zdpipe.model.policy import NEVER_CLEARED, NEVER_LIMITED, Mode, Nulls, SendOn
from zdpipe.project.alerts import Alerts
from zdpipe.project.destination import Destination
from zdpipe.project.keys import field_name_problems, guess_word, key_problems
from zdpipe.project.locate import line_of
from zdpipe.project.orchestration import Orchestration
from zdpipe.project.project import Project
from zdpipe.project.tables import (
    Defaults,
    FieldRule,
    Gone,
    Guards,
    Identity,
    Limits,
    Lint,
    Paths,
    Phone,
    Privacy,
    Source,
    State,
    Table,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

FILE_NAME = "zdpipe.toml"

_NAMED = ("destinations", "orchestrations")

# pydantic's kinds of error → what fits.
_NEEDED = {
    "bool_type": "true or false",
    "dict_type": "a table",
    "finite_number": "a number",
    "float_type": "a number",
    "greater_than_equal": "at least {ge:g}",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "less_than_equal": "at most {le:g}",
    "literal_error": "{expected}",
    "string_type": "a text in quotes",
    "tuple_type": "a list of texts",
}
# What only other engines read.
_OTHER_ENGINES = {"duckdb": ("remote", "token", "databases"), "spark": ("database", "setup")}


class _File(Table):
    """The whole file; destinations and orchestrations get their names from their keys."""

    source: Source = Field(default_factory=Source)
    destinations: dict[str, Destination] = Field(default_factory=dict)
    defaults: Defaults = Field(default_factory=Defaults)
    paths: Paths = Field(default_factory=Paths)
    limits: Limits = Field(default_factory=Limits)
    fields: dict[str, FieldRule] = Field(default_factory=dict)
    phone: Phone = Field(default_factory=Phone)
    identity: Identity = Field(default_factory=Identity)
    guards: Guards = Field(default_factory=Guards)
    gone: Gone = Field(default_factory=Gone)
    state: State = Field(default_factory=State)
    lint: Lint = Field(default_factory=Lint)
    privacy: Privacy = Field(default_factory=Privacy)
    alerts: Alerts = Field(default_factory=Alerts)
    orchestrations: dict[str, Orchestration] = Field(default_factory=dict)


def load_project(start: Path, explicit: Path | None = None) -> Project:
    """Load the project in `explicit`, or in the nearest folder from `start` upward that has a zdpipe.toml.

    Raises ProjectError with file, line and key for whatever cannot be used; its code is `no_project` where
    there is no such file.
    """
    root = _with_file(explicit.absolute()) if explicit else _find(start.absolute())
    path = root / FILE_NAME
    text = _read(path)
    content = _with_flat_field_names(_parse(path, text))
    place = _Place(path, text)
    _check_keys(place, content)
    file = _validated(place, content)
    _check_source(place, file.source)
    _check_destinations(place, file)
    _check_policies(place, file)
    _check_gone(place, file)
    return _project(root, file)


def refuse_unknown_rules(project: Project, known: Collection[str]) -> None:
    """Raise ProjectError with file, line and key where [lint] names a rule that is not among the known."""
    for rule, keys in project.lint.rules_named():
        if rule not in known:
            path = project.root / FILE_NAME
            guess = guess_word(rule, known)
            raise _Place(path, _read(path)).complain(
                keys, f"there is no rule {rule}", f"{guess}`zdpipe rules` lists them all."
            )


def _find(start: Path) -> Path:
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder
    raise ProjectError(
        f"There is no {FILE_NAME} in {start} or above it.",
        "Go into a project's folder, name it with --project, or make one with: zdpipe init",
        code="no_project",
    )


def _with_file(folder: Path) -> Path:
    if not (folder / FILE_NAME).is_file():
        raise ProjectError(
            f"There is no {FILE_NAME} in {folder}.",
            f"Name a folder that has one, or make it with: zdpipe init {folder}",
            code="no_project",
        )
    return folder


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ProjectError(
            f"{path} cannot be read: {words}.", "Make it a text file that you may read."
        ) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ProjectError(
            f"{path} is nested too deeply to be read.", "Take some of the brackets out."
        ) from None
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+), column (\d+)", str(error))
        line, column = place.groups() if place else (str(text.count("\n") + 1), "1")
        reason = re.sub(r" \(at .*\)$", "", str(error))
        raise ProjectError(
            f"{path}:{line}:{column}: this is not TOML: {reason[:1].lower()}{reason[1:]}.",
            "Mend that place; https://toml.io shows how.",
        ) from None


def _with_flat_field_names(content: dict[str, Any]) -> dict[str, Any]:
    """Read [fields.user_fields.city], which TOML nests, as [fields."user_fields.city"]."""
    fields = content.get("fields")
    if not isinstance(fields, dict) or not isinstance(fields.get("user_fields"), dict):
        return content
    flat = {name: rule for name, rule in fields.items() if name != "user_fields"}
    custom = {f"user_fields.{name}": rule for name, rule in fields["user_fields"].items()}
    return {**content, "fields": flat | custom}


@dataclass(frozen=True, slots=True)
class _Place:
    """The file that a complaint is about."""

    path: Path
    text: str

    def complain(self, keys: Sequence[str | int], message: str, hint: str) -> ProjectError:
        """Name file and line of a key."""
        return ProjectError(f"{self.path}:{self.line(keys)}: {message}.", hint)

    def line(self, keys: Sequence[str | int]) -> int:
        """Return the line of a key, whichever way a custom field's table is written."""
        line = line_of(self.text, keys)
        if keys[0] == "fields" and len(keys) > 1:
            nested = [keys[0], *str(keys[1]).split("."), *keys[2:]]
            line = max(line, line_of(self.text, nested))
        return line


def _check_keys(place: _Place, content: Mapping[str, object]) -> None:
    problems = list(key_problems(content)) or list(field_name_problems(content))
    if problems:
        first = min(problems, key=lambda problem: place.line(problem.keys))
        raise place.complain(first.keys, first.message, first.hint)


def _validated(place: _Place, content: dict[str, Any]) -> _File:
    named = {place: _named(content.get(place, {})) for place in _NAMED}
    try:
        return _File.model_validate({**content, **named})
    except ValidationError as error:
        # Without the input: it may be a secret that somebody wrote down.
        problems = error.errors(include_url=False, include_input=False)
        raise _misfit(place, min(problems, key=lambda problem: place.line(problem["loc"]))) from None


def _named(tables: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    return {name: {**table, "name": name} for name, table in tables.items()}


def _misfit(place: _Place, problem: ErrorDetails) -> ProjectError:
    keys = [key for key in problem["loc"] if key != "[key]"]
    if keys[0] in _NAMED and keys[-1] == "name":
        keys.pop()  # it has its name from its table's header
    shown = ".".join(str(key) for key in keys)
    return place.complain(
        keys,
        f"{shown} does not fit: {_words(problem)}",
        "Correct the value there; docs/configuration.md lists every key with what fits.",
    )


def _words(problem: ErrorDetails) -> str:
    """Return what is needed, in words for people who do not know Python's types."""
    words = _NEEDED.get(problem["type"])
    if words:
        return f"{words.format(**problem.get('ctx', {}))} is needed".replace("'", '"')
    message = problem["msg"].removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _check_source(place: _Place, source: Source) -> None:
    if source.engine == "spark" and source.remote is None:
        raise place.complain(
            ["source", "engine"],
            "the address of the Spark Connect server is missing",
            'Add it to [source], such as remote = "sc://localhost:15002".',
        )
    for key in _OTHER_ENGINES[source.engine]:
        if getattr(source, key):
            raise place.complain(
                ["source", key],
                f'{key} is not for engine = "{source.engine}"',
                "Remove it, or name the other engine; docs/configuration.md tells which key is for which.",
            )


def _check_destinations(place: _Place, file: _File) -> None:
    named = {("defaults", "destination"): file.defaults.destination} | {
        ("orchestrations", name, "destination"): table.destination
        for name, table in file.orchestrations.items()
    }
    for keys, name in named.items():
        if name is not None and name not in file.destinations:
            known = ", ".join(file.destinations) or "none"
            raise place.complain(
                keys,
                f"there is no destination {name}",
                f"The file has: {known}. Add [destinations.{name}], or name one of these.",
            )


def _check_policies(place: _Place, file: _File) -> None:
    for name, rule in file.fields.items():
        if rule.nulls not in {None, Nulls.OMIT} and name in NEVER_CLEARED:
            raise place.complain(
                ["fields", name, "nulls"],
                f"{name} is never cleared",
                f"Remove nulls from [fields.{name}]: a null leaves it as it is.",
            )
        if rule.send_on not in {None, SendOn.BOTH} and name in NEVER_LIMITED:
            raise place.complain(
                ["fields", name, "send_on"],
                f"{name} goes along with every user",
                f"Remove send_on from [fields.{name}]: nobody could be found or created without it.",
            )
        if rule.only_if_empty:
            _check_only_if_empty(place, name, rule)
        _check_mode(place, name, rule)


def _check_only_if_empty(place: _Place, name: str, rule: FieldRule) -> None:
    if name in NEVER_LIMITED:
        raise place.complain(
            ["fields", name, "only_if_empty"],
            f"{name} goes along with every user",
            f"Remove only_if_empty from [fields.{name}]: nobody could be found or created without it.",
        )
    if rule.nulls is Nulls.CLEAR:
        raise place.complain(
            ["fields", name, "only_if_empty"],
            f'only_if_empty leaves what others wrote into {name}, and nulls = "clear" empties it',
            f"Remove one of them from [fields.{name}].",
        )


def _check_mode(place: _Place, name: str, rule: FieldRule) -> None:
    if rule.mode is not None and name != TAGS:
        raise place.complain(
            ["fields", name, "mode"],
            f"{name} is no list that others share",
            f"Remove mode from [fields.{name}]: it is for tags.",
        )
    if name != TAGS or rule.mode is Mode.REPLACE:
        return
    for key, is_set in (("nulls", rule.nulls is Nulls.CLEAR), ("only_if_empty", rule.only_if_empty)):
        if is_set:
            raise place.complain(
                ["fields", name, key],
                "tags are merged with those of others, which this would not do",
                f'Remove {key} from [fields.{name}], or add mode = "replace".',
            )


def _check_gone(place: _Place, file: _File) -> None:
    if file.gone.action is GoneAction.TAG and file.gone.tag is None:
        raise place.complain(
            ["gone", "action"],
            "customers who are gone are to be tagged, and there is no tag",
            'Add one to [gone], such as tag = "no-longer-a-customer".',
        )


def _project(root: Path, file: _File) -> Project:
    return Project(
        root=root,
        source=file.source.model_copy(
            update={
                "database": root / file.source.database if file.source.database else None,
                "tables": {
                    name: place if isinstance(place, str) else root / place
                    for name, place in file.source.tables.items()
                },
            }
        ),
        destinations=file.destinations,
        default_destination=file.defaults.destination,
        paths=Paths(
            queries=root / file.paths.queries,
            attribute_tables=root / file.paths.attribute_tables,
            state=root / file.paths.state,
        ),
        limits=file.limits,
        fields=file.fields,
        phone=file.phone,
        identity=file.identity,
        guards=file.guards,
        gone=file.gone,
        state=file.state,
        lint=file.lint,
        privacy=file.privacy,
        alerts=file.alerts,
        orchestrations=file.orchestrations,
    )
