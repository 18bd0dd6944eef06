"""Name -> implementation, lazily: built-ins by file name, plugins by entry point, one path for both.

Listing imports nothing. Asking for one name imports one module and reads one attribute of it:
``Registry("ttpline.telemetry", "READER").get("sysmon-json")`` imports ``ttpline.telemetry.sysmon_json`` and returns
its ``READER``. A plugin ships the same attribute's value behind an entry point in the same group.
"""

import importlib
import importlib.util
import pkgutil
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar, cast

from ttpline.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")

NOT_NAMES = frozenset({"base"})


class Registry(Generic[T]):
    """The implementations of one seam.

    ``group`` is both the package that holds the built-ins and the entry-point group of plugins;
    ``attribute`` is the name each module gives its implementation.
    """

    def __init__(self, group: str, attribute: str, *, plugins: bool = True) -> None:
        self.group = group
        self.attribute = attribute
        self._plugins_on = plugins

    @cached_property
    def _built_ins(self) -> dict[str, str]:
        spec = importlib.util.find_spec(self.group)
        folders = list(spec.submodule_search_locations or []) if spec else []
        names = (module.name for module in pkgutil.iter_modules(folders))
        return {name.replace("_", "-"): name for name in names if not name.startswith("_") and name not in NOT_NAMES}

    def _plugins(self) -> "dict[str, EntryPoint]":
        if not self._plugins_on:
            return {}
        from importlib.metadata import entry_points  # costs 50 ms, and a built-in by name does not need it

        found: dict[str, EntryPoint] = {}
        built_ins = self._built_ins
        for point in entry_points(group=self.group):
            if point.name in built_ins or point.name in found:
                raise ConfigError(
                    f"plugin {point.value!r} takes the name {point.name!r}, which is taken",
                    remedy="rename the entry point or run with --no-plugins",
                )
            found[point.name] = point
        return found

    def names(self) -> list[str]:
        """All names, sorted; imports nothing."""
        return sorted({*self._built_ins, *self._plugins()})

    def get(self, name: str) -> T:
        """The implementation called ``name``; ``UsageError`` lists the names there are."""
        built_ins = self._built_ins
        if name in built_ins:
            module = importlib.import_module(f"{self.group}.{built_ins[name]}")
            return cast(T, getattr(module, self.attribute))
        plugins = self._plugins()
        if name in plugins:
            try:
                return cast(T, plugins[name].load())
            except Exception as error:  # whatever a stranger's module raises on import
                raise ConfigError(
                    f"plugin {plugins[name].value!r} does not load: {error}", remedy="run with --no-plugins"
                ) from error
        raise UsageError(
            f"no {self.group.rpartition('.')[2].removesuffix('s')} is called {name!r}",
            remedy=f"there are: {', '.join(self.names())}",
        )
