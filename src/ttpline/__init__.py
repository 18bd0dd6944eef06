"""ttpline: raw command-line telemetry in, MITRE ATT&CK techniques out.

>>> import ttpline
>>> ttpline.__all__
['__version__', 'classify', 'load_model', 'read']
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ttpline.scoring._api import classify, load_model, read

__version__ = "0.1.0"

__all__ = ["__version__", "classify", "load_model", "read"]


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for: ``import ttpline`` loads no library."""
    if name in __all__:
        from ttpline.scoring import _api

        return getattr(_api, name)
    raise AttributeError(f"module 'ttpline' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
