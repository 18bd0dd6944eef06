"""What ``ttpline dataset group``, ``split`` and ``describe`` do, from files to files and results."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ttpline.datasets.csv_write import csv_bytes, write_whole
from ttpline.datasets.describe import describe
from ttpline.datasets.description import Description
from ttpline.datasets.grouping import Grouping, Rule, group_rare
from ttpline.datasets.labelled_tables import USUAL_COLUMNS, Columns, LabelledTables
from ttpline.datasets.load import load_tables
from ttpline.datasets.split_files import Kind, SplitFiles, split_files, write_split
from ttpline.errors import UsageError
from ttpline.models._lstm_params import LstmParams
from ttpline.models._lstm_words import WordIndex


@dataclass(frozen=True, slots=True)
class LabelledFiles:
    """Files and how to read them, as ``train`` takes them."""

    labelled: tuple[Path, ...]
    normal: tuple[Path, ...] = ()
    columns: Columns = USUAL_COLUMNS
    attack_version: str = "auto"

    def load(self) -> LabelledTables:
        if not (self.labelled or self.normal):
            raise UsageError(
                "no table was given", remedy="name one, as in: ttpline dataset describe samples/commands.csv"
            )
        return load_tables(self.labelled, self.normal, columns=self.columns, attack_version=self.attack_version)

    def default_folder(self, kind: str) -> Path:
        """In the current folder, named after the first table."""
        return Path(f"{(*self.labelled, *self.normal, Path('data'))[0].stem}-{kind}")

    def refuse_as_output(self, output: Path) -> None:
        """An output never replaces what it is made from."""
        if output.resolve() in {path.resolve() for path in (*self.labelled, *self.normal)}:
            raise UsageError(f"{output} is an input", remedy="name another file with -o")


def run_grouping(files: LabelledFiles, rule: Rule, output: Path) -> Grouping:
    """Write the grouped table."""
    files.refuse_as_output(output)
    made = group_rare(files.load(), rule)
    write_whole(output, csv_bytes(made.header, made.rows))
    return made.grouping


def run_split(files: LabelledFiles, kind: Kind, seed: int, folds: int, folder: Path) -> SplitFiles:
    """Write the parts and the manifest."""
    made = split_files(files.load(), kind, seed, folds)
    write_split(made, folder)
    return made


def run_description(files: LabelledFiles, rule: Rule, seed: int, outputs: Iterable[Path] = ()) -> Description:
    """The description; ``outputs`` are only looked at, before anything is read, so that no input is written over."""
    for output in outputs:
        files.refuse_as_output(output)
    study = LstmParams()
    return describe(files.load(), rule, seed, WordIndex((), lowercase=study.lowercase, filters=study.filters).split)


def write_page(page: str, output: Path) -> None:
    write_whole(output, page.encode("utf-8", "backslashreplace"))
