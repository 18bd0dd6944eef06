"""A model family's ``Params`` dataclass as command-line flags: ``max_features: int`` is ``--max-features N``."""

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any

from ttpline.errors import UsageError

_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})


def flag_of(field_name: str) -> str:
    """The flag of a field.

    >>> flag_of("max_features"), flag_of("C")
    ('--max-features', '--C')
    """
    return "--" + field_name.replace("_", "-")


def parse_params(params_type: type[Any], arguments: Sequence[str], preset: Mapping[str, Any] | None = None) -> Any:
    """``Params`` from ``--flag value`` and ``--flag=value`` arguments; ``preset`` gives other defaults.

    Refuses unknown flags (naming those there are), missing and ill-typed values, and what ``Params`` itself refuses.
    Lists are written with commas; ``none`` is None where the field allows it.
    """
    kinds = typing.get_type_hints(params_type)
    fields = {flag_of(field.name): field.name for field in dataclasses.fields(params_type)}
    values = dict(preset or {})
    waiting = list(arguments)
    while waiting:
        flag, equals, value = waiting.pop(0).partition("=")
        if flag not in fields:
            raise UsageError(f"no parameter is called {flag}", remedy=f"there are: {', '.join(sorted(fields))}")
        if not equals:
            if not waiting:
                raise UsageError(f"{flag} needs a value")
            value = waiting.pop(0)
        values[fields[flag]] = _value(value, kinds[fields[flag]], flag)
    try:
        return params_type(**values)
    except (TypeError, ValueError) as error:
        raise UsageError(f"these parameters make no model: {error}") from error


def parse_value(params_type: type[Any], name: str, text: str) -> tuple[str, Any]:
    """The field that ``name`` names (``class_weight`` or ``class-weight``) and ``text`` as a value of it.

    >>> from ttpline.models._tfidf_params import TfidfLrParams
    >>> parse_value(TfidfLrParams, "class-weight", "none")
    ('class_weight', None)
    """
    fields = [field.name for field in dataclasses.fields(params_type)]
    field_name = name.strip().lstrip("-").replace("-", "_")
    if field_name not in fields:
        raise UsageError(f"no parameter is called {name!r}", remedy=f"there are: {', '.join(sorted(fields))}")
    return field_name, _value(text, typing.get_type_hints(params_type)[field_name], flag_of(field_name))


def describe_params(params_type: type[Any]) -> list[tuple[str, str]]:
    """(flag, default) of every parameter, in the order of the dataclass."""
    defaults = params_type()
    return [(flag_of(field.name), str(getattr(defaults, field.name))) for field in dataclasses.fields(params_type)]


def _value(text: str, kind: Any, flag: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        if type(None) in arguments and text.casefold() == "none":
            return None
        return _first_that_fits(text, [one for one in arguments if one is not type(None)], flag)
    if origin is typing.Literal:
        found = [choice for choice in arguments if str(choice) == text]
        if not found:
            raise UsageError(f"{flag} is one of {', '.join(map(str, arguments))}, not {text!r}")
        return found[0]
    if origin in (tuple, list):
        parts = [part.strip() for part in text.split(",")]
        kinds = arguments if arguments and arguments[-1] is not Ellipsis else arguments[:1] * len(parts)
        if len(kinds) != len(parts):
            raise UsageError(f"{flag} needs {len(kinds)} values with commas between, not {text!r}")
        return origin(_value(part, one, flag) for part, one in zip(parts, kinds, strict=True))
    return _plain(text, kind, flag)


def _first_that_fits(text: str, kinds: Sequence[Any], flag: str) -> Any:
    for kind in kinds[:-1]:
        try:
            return _value(text, kind, flag)
        except UsageError:
            continue
    return _value(text, kinds[-1], flag)


def _plain(text: str, kind: Any, flag: str) -> Any:
    if kind is bool:
        if text.casefold() in _TRUE | _FALSE:
            return text.casefold() in _TRUE
        raise UsageError(f"{flag} is true or false, not {text!r}")
    if kind in (int, float):
        try:
            return kind(text)
        except ValueError as error:
            what = "a whole number" if kind is int else "a number"
            raise UsageError(f"{flag} is {what}, not {text!r}") from error
    if kind is str:
        return text
    raise UsageError(f"{flag} cannot be given on the command line")
