"""Loading the model that a flag names."""

from typing import TYPE_CHECKING

from ttpline.cli._plugins import plugins_wanted

if TYPE_CHECKING:
    from ttpline.models.base import CommandClassifier


def load(name_or_dir: str) -> "CommandClassifier":
    """The model, checked; with or without plugins, as the user wants."""
    from ttpline.models._folder import load_folder
    from ttpline.models._load import find_model

    name, folder = find_model(name_or_dir)
    return load_folder(folder, name=name, plugins=plugins_wanted())
