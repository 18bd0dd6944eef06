"""``ttpline knowledge``: check a file of knowledge, and show what is known."""

import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="What programs, flags, paths and addresses mean: check a file of your own, show what there is.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("test", epilog="Examples:  ttpline knowledge test my.yaml   ·   ttpline knowledge test --all")
def test(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="YAML files, as docs/knowledge.md says.")] = [],  # noqa: B006
    packaged: Annotated[bool, typer.Option("--all", help="The files that ttpline brings.")] = False,
    alone: Annotated[bool, typer.Option("--alone", help="Without what ttpline knows by itself.")] = False,
) -> int:
    """Check files of knowledge: ids, words, conditions, and that every example holds.

    Exit code 1 when an example does not hold or an entry has none; 2 for a mistake in a file.
    """
    from ttpline.cli.exit_codes import ExitCode
    from ttpline.commands.knowledge_examples import check_examples, summary, unreached
    from ttpline.commands.understand import Understander
    from ttpline.domain.printable import printable
    from ttpline.errors import UsageError
    from ttpline.knowledge.load import DATA, merged, packaged_knowledge, read_knowledge

    chosen = sorted(DATA.glob("*.yaml")) if packaged else files
    if not chosen:
        raise UsageError("no file is given", remedy="ttpline knowledge test my.yaml, or --all")
    knowledge, examples = read_knowledge(chosen)
    whole = knowledge if alone or packaged else merged(packaged_knowledge(), knowledge)
    failures, reached = check_examples(Understander(whole), examples)
    for failure in failures:
        print(printable(str(failure)))
    missing = unreached(knowledge, reached)
    for entry in missing:
        print(printable(f"no example reaches: {entry}"))
    print(
        f"{summary(knowledge, examples)}: {len(failures)} fail, {len(missing)} entries without example", file=sys.stderr
    )
    return ExitCode.UNREADABLE_RECORDS if failures or missing else ExitCode.DONE


@app.command("show", epilog="Examples:  ttpline knowledge show schtasks   ·   ttpline knowledge show T1053.005")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A program, a class of objects or a technique.")],
) -> None:
    """Show what is known of a program or class, or which entries speak for a technique."""
    from ttpline.commands.knowledge_view import describe
    from ttpline.domain.printable import printable
    from ttpline.knowledge.load import packaged_knowledge

    for line in describe(packaged_knowledge(), name):
        print(printable(line))
