"""Find a model by name or folder."""

from pathlib import Path

from ttpline.errors import ModelError
from ttpline.models._folder import is_model_folder, load_folder
from ttpline.models.base import CommandClassifier

PACKAGED = Path(__file__).parent
"""Where models inside the package lie, each in a folder ``_<name>`` (the underscore keeps it from the registry)."""

BUILT_IN = "builtin"


def packaged_models() -> dict[str, Path]:
    """Name -> folder of the models that come with the package."""
    return {path.name.removeprefix("_"): path for path in sorted(PACKAGED.glob("_*")) if is_model_folder(path)}


def find_model(name_or_dir: str | Path) -> tuple[str, Path]:
    """``(name, folder)``: a packaged name first, else a folder; ``ModelError`` lists what there is."""
    packaged = packaged_models()
    if isinstance(name_or_dir, str) and name_or_dir in packaged:
        return name_or_dir, packaged[name_or_dir]
    folder = Path(name_or_dir)
    if not folder.exists():
        names = ", ".join(packaged) or "none in this package; make model builds it"
        raise ModelError(f"no model {str(name_or_dir)!r}", remedy=f"give a model folder or a name: {names}")
    return folder.resolve().name, folder


def load_model(name_or_dir: str | Path = BUILT_IN) -> CommandClassifier:
    """The model of that name or in that folder, checked (``_folder.load_folder``)."""
    name, folder = find_model(name_or_dir)
    return load_folder(folder, name=name)
