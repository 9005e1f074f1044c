"""From a YAML file, and `--set` overrides, to a `RunConfig`; every mistake becomes one readable message."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError

from evenkeel.canonical import json_bytes
from evenkeel.config.model import RunConfig
from evenkeel.errors import ConfigError, suggest
from evenkeel.sources import SOURCES

MOST_SHOWN = 6


def load(path: Path | str, overrides: Sequence[str] = ()) -> RunConfig:
    """The config at `path` with ``key.sub=value`` overrides; `ConfigError` says what is wrong and where."""
    path = Path(path)
    raw = _read_mapping(path)
    for override in overrides:
        _apply(raw, override)
    if isinstance(suite := raw.get("validation"), str):
        raw["validation"] = read_suite(path.parent / suite)
    raw.setdefault("name", re.sub(r"[^A-Za-z0-9_.-]+", "-", path.stem).strip("-._")[:60] or "run")
    return parse(raw, str(path))


def parse(raw: Mapping[str, Any], origin: str = "the config") -> RunConfig:
    """The config from a mapping that was read already."""
    try:
        config = RunConfig.model_validate(dict(raw))
    except ValidationError as error:
        raise ConfigError(_explain(error, origin)) from error
    _check_suite(config, origin)
    return _canonical(config.decided(), origin)


def _canonical(config: RunConfig, origin: str) -> RunConfig:
    """The config as it comes back from its own JSON: what is run is what can be read in the run's folder."""
    if strange := _not_finite(config.model_dump()):
        raise ConfigError(f"{origin}: Expected finite numbers, got {strange[0]}. Next: leave the key out.")
    return RunConfig.model_validate_json(json_bytes(config.model_dump(mode="json")))


def _not_finite(value: Any) -> list[float]:
    """The numbers in a nested value that JSON cannot hold."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for item in value for number in _not_finite(item)]
    return [value] if isinstance(value, float) and not math.isfinite(value) else []


def _check_suite(config: RunConfig, origin: str) -> None:
    if config.validation:
        # great-expectations takes seconds to import: only for configs that use it
        from evenkeel.validation import SuiteError, load_suite

        try:
            load_suite(list(config.validation))
        except SuiteError as error:
            raise ConfigError(f"{origin}, validation: {error}") from error


def _read_mapping(path: Path) -> dict[str, Any]:
    value = _read_yaml(path)
    if not isinstance(value, dict):
        raise ConfigError(
            f"Expected {path} to be a YAML mapping (key: value), got {_kind(value)}. "
            f"Next: see `evenkeel schema` for the keys; `source` and `target` are needed."
        )
    return {str(key): item for key, item in value.items()}


def read_suite(path: Path) -> list[Any]:
    """The expectations in a YAML file, unchecked."""
    value = _read_yaml(path)
    if isinstance(value, dict) and set(value) == {"expectations"}:
        value = value["expectations"]
    if not isinstance(value, list):
        raise ConfigError(f"Expected {path} to be a YAML list of expectations, got {_kind(value)}.")
    return value


def _read_yaml(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        beside = sorted(p.name for p in path.parent.glob("*.y*ml")) if path.parent.is_dir() else []
        raise ConfigError(
            f"Expected a YAML file at {path} (seen from {Path.cwd()}), got no file. "
            f"Available beside it: {', '.join(beside[:8]) or 'nothing'}."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise ConfigError(
            f"Expected YAML in {path}, got something else: {' '.join(str(error).split())}"
        ) from error


def _apply(raw: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not (key and equals):
        raise ConfigError(f"Expected --set key.sub=value, got {override!r}. For example --set split.seed=7.")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"Expected a YAML value after {key}=, got {text!r}.") from error
    *path, last = key.split(".")
    place = raw
    for part in path:
        place = place.setdefault(part, {})
        if not isinstance(place, dict):
            raise ConfigError(f"--set {override}: {part!r} is {_kind(place)}, not a mapping.")
    place[last] = value


def _explain(error: ValidationError, origin: str) -> str:
    found = [_line(item) for item in error.errors(include_url=False)]
    # the members of a union each report the same mistake: once is enough
    lines = list(dict.fromkeys(found))
    more = [f"  ... and {len(lines) - MOST_SHOWN} more"] if len(lines) > MOST_SHOWN else []
    if len(lines) == 1:
        return f"{origin}: {lines[0]}"
    return "\n".join(
        [f"{origin}: {len(lines)} mistakes", *(f"  {line}" for line in lines[:MOST_SHOWN]), *more]
    )


def _line(item: Any) -> str:
    model, place = _walk(item["loc"])
    where = ".".join(place)
    if item["type"] == "extra_forbidden":
        known = list(model.model_fields) if model else []
        return f"unknown key {where!r}. {suggest(place[-1], known)}"
    if item["type"] == "missing":
        return f"{where!r} is missing."
    if item["type"] == "union_tag_not_found":
        return f"{where!r} needs a `kind`: {item['ctx'].get('discriminator')} is missing."
    if item["type"] == "union_tag_invalid":
        kind = item["ctx"]["tag"]
        return f"{where}.kind: Expected a kind of source, got {kind!r}. {suggest(kind, SOURCES)}"
    message = item["msg"].removeprefix("Value error, ")
    got = (
        ""
        if "got" in message.lower() or isinstance(item["input"], dict | list)
        else f", got {item['input']!r}"
    )
    return f"{where}: {message}{got}" if where else message


def _walk(loc: tuple[Any, ...]) -> tuple[type[BaseModel] | None, list[str]]:
    """The model that holds the place of an error, and the place without pydantic's union tags."""
    model: type[BaseModel] | None = RunConfig
    place: list[str] = []
    candidates: list[type[BaseModel]] = [RunConfig]
    seen = False
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        tagged = next((c for c in candidates if part == c.__name__ or part in _kinds(c)), None)
        if tagged is not None and not (last and seen):
            candidates, seen = [tagged], True
            continue
        seen = False
        place.append(str(part))
        model = candidates[0] if candidates else None
        if not isinstance(part, int):
            candidates = [
                m
                for c in candidates
                if part in c.model_fields
                for m in _models(c.model_fields[part].annotation)
            ]
    return model, place


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if get_origin(annotation) in (Union, types.UnionType, Annotated, tuple, list):
        return [model for argument in get_args(annotation) for model in _models(argument)]
    return []


def _kinds(model: type[BaseModel]) -> tuple[Any, ...]:
    field = model.model_fields.get("kind")
    return get_args(field.annotation) if field else ()


def _kind(value: object) -> str:
    names = {type(None): "nothing", str: "a text", list: "a list", dict: "a mapping"}
    return names.get(type(value), f"a {type(value).__name__}")
