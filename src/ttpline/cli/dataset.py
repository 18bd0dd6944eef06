"""``ttpline dataset``: labelled commands, from their origins to tables, splits and pages.

One subcommand a file, ``_dataset_<name>.py``, registered by one line here.
"""

import typer

from ttpline.cli import _dataset_build, _dataset_describe, _dataset_fetch, _dataset_group, _dataset_split

app = typer.Typer(
    help="Fetch, build, group, split and describe tables of labelled commands.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

app.command("fetch", epilog=_dataset_fetch.EPILOG)(_dataset_fetch.fetch)
app.command("build", epilog=_dataset_build.EPILOG)(_dataset_build.build)
app.command("group", epilog=_dataset_group.EPILOG)(_dataset_group.group)
app.command("split", epilog=_dataset_split.EPILOG)(_dataset_split.split)
app.command("describe", epilog=_dataset_describe.EPILOG)(_dataset_describe.describe)
