"""Strict reading of the project's YAML tables: a fault names the file, the line, the field and what is allowed.

A table is read into a msgspec struct that forbids unknown fields. YAML's own guesses are limited to integers, floats and booleans; dates
stay text and are checked by the struct's field type.
"""

import re
from pathlib import Path
from typing import TypeVar, get_args, get_origin, get_type_hints

import msgspec
import yaml

T = TypeVar("T")
_DATE_TAG = "tag:yaml.org,2002:timestamp"


class ConfigError(ValueError):
    """A configuration, policy or table file that canbao refuses; the message names file, line, field and what is allowed."""

    def __init__(self, file: str, line: int, field: str, problem: str) -> None:
        self.file, self.line, self.field, self.problem = file, line, field, problem
        super().__init__(f"{file}:{line}: {field}: {problem}")


class _Loader(yaml.CSafeLoader):
    """Safe loader that leaves dates as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _DATE_TAG]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


class Table:
    """One parsed file: plain data, and the line of every path such as `$.entries[3].unit`."""

    def __init__(self, file: str, data: object, lines: dict[str, int]) -> None:
        self.file, self.data, self._lines = file, data, lines

    def line(self, path: str) -> int:
        """The line of a path, or of its nearest known ancestor."""
        while path and path not in self._lines:
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return self._lines.get(path, 1)

    def fault(self, path: str, problem: str) -> ConfigError:
        """A fault at a path of this file."""
        return ConfigError(self.file, self.line(path), path.removeprefix("$").lstrip("."), problem)

    def convert(self, kind: type[T]) -> T:
        """The data as a struct; ConfigError where they disagree."""
        try:
            return msgspec.convert(self.data, kind)
        except msgspec.ValidationError as error:
            text, _, path = str(error).partition(" - at `")
            path = path.rstrip("`") or "$"
            raise self.fault(path, text + _allowed(kind, path, text)) from None


def read_table(path: Path, label: str | None = None) -> Table:
    """Parse one YAML file of one document; `label` is the name shown in faults (default: the file's name)."""
    name = label or path.name
    tables = read_documents(path, name)
    if len(tables) != 1:
        raise ConfigError(name, 1, "(file)", f"holds {len(tables)} documents; allowed: 1" if tables else "is empty")
    return tables[0]


def read_documents(path: Path, label: str) -> list[Table]:
    """Parse every YAML document of a file; documents without content are left out."""
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(
            label, error.object[: error.start].count(b"\n") + 1, "(file)", "cannot be read as UTF-8 text (UnicodeDecodeError)"
        ) from None
    except OSError as error:
        raise ConfigError(label, 1, "(file)", f"cannot be read as UTF-8 text ({type(error).__name__})") from None
    found = []
    try:
        while (node := loader.get_node() if loader.check_node() else None) is not None:
            lines: dict[str, int] = {}
            data = _walk(label, loader, node, "$", lines)
            if data is not None:
                found.append(Table(label, data, lines))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(label, line, "(yaml)", _unquoted(error.problem or "cannot be parsed")) from None
    except yaml.YAMLError:
        raise ConfigError(label, 1, "(yaml)", "holds a character that YAML does not allow") from None
    except RecursionError:
        raise ConfigError(label, 1, "(yaml)", "is nested too deep, or an alias stands in itself") from None
    finally:
        loader.dispose()
    return found


def _unquoted(problem: str) -> str:
    """A parser's complaint without the words of the file that it quotes; a single character and a kind of token stay."""
    return re.sub(r"'([^']*)'", lambda quoted: quoted[0] if len(quoted[1]) <= 1 or quoted[1].startswith("<") else "'…'", problem)


def _walk(file: str, loader: _Loader, node: yaml.Node, path: str, lines: dict[str, int]) -> object:
    """Plain data of a node; notes the line of every path and refuses a key given twice."""
    lines[path] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_walk(file, loader, child, f"{path}[{index}]", lines) for index, child in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        found: dict[object, object] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigError(file, key_node.start_mark.line + 1, path.removeprefix("$."), "has a key that is no text")
            key = loader.construct_object(key_node, deep=True)
            here = f"{path}.{key}"
            if key in found:
                raise ConfigError(file, key_node.start_mark.line + 1, here.removeprefix("$."), "is given twice")
            found[key] = _walk(file, loader, value_node, here, lines)
            lines[here] = key_node.start_mark.line + 1
        return found
    return loader.construct_object(node, deep=True)


def _allowed(kind: type, path: str, text: str) -> str:
    """'; allowed: …' for the field at a path, where its type or its owner lists what is allowed."""
    unknown = "unknown field" in text
    owner = _type_at(kind, path)
    if unknown and isinstance(owner, type) and issubclass(owner, msgspec.Struct):
        return f"; allowed: {', '.join(owner.__struct_encode_fields__)}"
    values = [
        str(getattr(value, "value", value)) for value in (get_args(owner) if "Literal" in str(get_origin(owner)) else _members(owner))
    ]
    return f"; allowed: {', '.join(values)}" if values else ""


def _members(owner: object) -> list[object]:
    return list(getattr(owner, "__members__", {}).values())


def _type_at(kind: object, path: str) -> object:
    """The annotated type that a path such as `$.entries[3].unit` leads to."""
    for step in path.removeprefix("$").replace("[", ".[").split("."):
        if not step:
            continue
        if step.startswith("["):
            inner = [argument for argument in get_args(kind) if argument is not type(None)]
            kind = inner[-1] if inner else kind
        elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            names = dict(zip(kind.__struct_encode_fields__, kind.__struct_fields__, strict=True))
            kind = get_type_hints(kind).get(names.get(step, step), object)
    if get_origin(kind) is None or "Literal" in str(get_origin(kind)):
        return kind
    plain = [argument for argument in get_args(kind) if argument is not type(None)]
    return plain[0] if len(plain) == 1 else kind
