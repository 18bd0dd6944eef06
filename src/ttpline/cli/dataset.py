"""``ttpline dataset``: labelled commands, from their origins to tables.

One subcommand a file, ``_dataset_<name>.py``, registered by one line here.
"""

import typer

from ttpline.cli import _dataset_build, _dataset_fetch

app = typer.Typer(
    help="Fetch and build tables of labelled commands from their origins.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.command("fetch", epilog=_dataset_fetch.EPILOG)(_dataset_fetch.fetch)
app.command("build", epilog=_dataset_build.EPILOG)(_dataset_build.build)
