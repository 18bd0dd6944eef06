"""A ``Description`` in words and tables: the terminal shows them shortened, the page whole with pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ttpline.datasets.dataset import Conversion
from ttpline.datasets.description import QUANTILES, Description, Lengths, Share
from ttpline.datasets.grouping import Class
from ttpline.datasets.leakage import Leakage
from ttpline.domain.prediction import NORMAL, OTHER
from ttpline.reports.page import Table

_QUANTILE_NAMES = tuple({0.0: "least", 0.5: "median", 1.0: "most"}.get(share, f"{share:.0%}") for share in QUANTILES)

_MOST_DIGITS = 12
_FREQUENCY = (
    "Frequency is signal, not noise: what runs often on a machine says how its work looks, so models here weigh a row "
    "by its count. It is also a trap: a figure by occurrence is that of the few most frequent commands, a figure by "
    "row that of the many rare ones. Report both."
)
_SEVERAL = "That is the data, not an error: what a command is for depends on its session."
_LEAKS = (
    "Of the test rows: those whose very command is in training (under another label); whose near-duplicate is (the "
    "same after names, paths, addresses and numbers are masked); which are tied to a training row by group or "
    "near-duplication. Right by copying: answered rightly by the most frequent label of their near-duplicates in "
    "training, which takes memory and no understanding."
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One question about the data; ``name`` ties it to its pictures."""

    name: str
    heading: str
    sentences: Sequence[str]
    tables: Sequence[Table]


def chapters(found: Description) -> tuple[Chapter, ...]:
    """All of them, in the order in which a reader asks."""
    return (
        _structure(found),
        _techniques(found),
        _counts(found),
        _shared(found),
        _lengths(found),
        _words(found),
        _provenance(found),
        _leakage(found),
    )


def facts(found: Description) -> list[tuple[str, str]]:
    """What stands above everything: which data, and what all figures depend on."""
    return [
        ("data", f"{found.name}, {found.digest}"),
        *((f"file {file.name}", f"{file.sha256}, {file.rows:,} rows") for file in found.structure.files),
        ("ATT&CK", found.attack_version),
        ("seed of the splits", str(found.seed)),
        *(("note", note) for note in found.notes),
    ]


def number(value: float) -> str:
    """A count with thousands parted; not whole, with six digits.

    >>> number(12321.0), number(0.25)
    ('12,321', '0.25')
    """
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"


def percent(part: float, whole: float) -> str:
    """A share with as many digits as tell it from nothing and from everything, at least one.

    >>> percent(1, 3), percent(0, 3), percent(3, 3), percent(1, 700000), percent(99999, 100000)
    ('33.3 %', '0 %', '100 %', '0.0001 %', '99.999 %')
    """
    share = 100 * part / whole if whole else 0.0
    if share in (0.0, 100.0):
        return f"{share:.0f} %"
    texts = (f"{share:.{digits}f}" for digits in range(1, _MOST_DIGITS))
    return next((text for text in texts if float(text) not in (0.0, 100.0)), f"{share!r}") + " %"


def label_text(label: str, found: Description) -> str:
    """``T1082 System Information Discovery``."""
    return label if label == NORMAL else f"{label} {found.names.get(label, '')}".rstrip()


def _structure(found: Description) -> Chapter:
    of = found.structure
    lines = [
        ("rows read", of.rows_read),
        ("rows that repeat another in every cell", of.identical_rows),
        ("rows merged: equal command, label and platform", of.repeated_rows),
        ("rows (all figures below are about these)", of.rows),
        ("different commands", of.commands),
    ]
    tables = [
        Table(("what", "number"), [(words, f"{value:,}") for words, value in lines]),
        Table(
            ("column", "kind", "missing", "different values", "longest, characters"),
            [
                (each.name, each.kind, f"{each.missing:,}", f"{each.distinct:,}", f"{each.longest:,}")
                for each in of.columns
            ],
            "Columns of the files",
        ),
    ]
    if of.conversions:
        tables.append(_conversions(of.conversions))
    return Chapter("structure", "Structure", (), tables)


def _conversions(conversions: Sequence[Conversion]) -> Table:
    rows = [(each.written, each.used, f"{each.rows:,}", each.reason) for each in conversions]
    return Table(("written", "used", "rows", "why"), rows, "Labels that are used under another id")


def _techniques(found: Description) -> Chapter:
    done = found.grouping
    moved = done.moved()
    sentences = [
        f"{len(done.before)} labels before grouping, {len(done.after)} after. Rule: {done.rule}.",
        (
            f"{len(moved)} labels moved: {number(sum(each.rows for each in moved))} rows, "
            f"{number(sum(each.occurrences for each in moved))} occurrences. {number(done.merged_rows)} rows were then "
            f"equal to another and merged; {number(done.rows)} rows are left. Occurrences before and after: "
            f"{number(done.occurrences)}."
        ),
    ]
    if OTHER in {each.label for each in done.after} and not moved:
        sentences.append(f"The data was grouped already: it has {OTHER}.")
    tables = [
        _classes("Before grouping", done.before, found, with_moved=True),
        _classes("After grouping", done.after, found, with_moved=False),
    ]
    return Chapter("techniques", "Techniques", sentences, tables)


def _classes(caption: str, classes: Sequence[Class], found: Description, *, with_moved: bool) -> Table:
    rows = sum(each.rows for each in classes)
    header = ["label", "rows", "of rows", "times seen", "of times seen"]
    made = [
        [
            label_text(each.label, found),
            number(each.rows),
            percent(each.rows, rows),
            number(each.occurrences),
            percent(each.occurrences, found.grouping.occurrences),
            *([OTHER if each.is_moved else each.label] if with_moved else []),
        ]
        for each in classes
    ]
    return Table([*header, *(["grouped as"] if with_moved else [])], made, caption)


def _counts(found: Description) -> Chapter:
    of, rows = found.counts, found.structure.rows
    sentences = [
        (
            f"{number(rows)} rows stand for {number(of.occurrences)} occurrences. {number(of.once_rows)} rows "
            f"({percent(of.once_rows, rows)}) were seen once. Gini {of.gini:.3f} "
            f"(0: all equally often, 1: one row is all)."
        ),
        _FREQUENCY,
    ]
    tables = [
        Table(("", *_QUANTILE_NAMES), [("times seen, of a row", *map(number, of.quantiles))]),
        Table(
            ("most frequent rows", "of times seen"),
            [(f"{each.rows:,}", percent(each.share, 1)) for each in of.top],
            "How much the most frequent rows are of everything",
        ),
    ]
    return Chapter("counts", "Rows and times seen", sentences, tables)


def _shared(found: Description) -> Chapter:
    of = found.shared
    sentences = [f"{number(of.commands)} of {number(found.structure.commands)} commands have several labels."]
    if of.commands:
        sizes = f"{of.most_labels} at most: {number(of.rows)} rows, {number(of.occurrences)} occurrences"
        most = f"{percent(of.best_by_row, 1)} of the rows and {percent(of.best_by_occurrence, 1)} of the occurrences"
        sentences = [
            f"{sentences[0][:-1]}, {sizes}. {_SEVERAL}",
            f"A model that gives each command one label can be right in at most {most}.",
        ]
    pairs = [(label_text(each.first, found), label_text(each.second, found), f"{each.commands:,}") for each in of.pairs]
    examples = [(each.command, ", ".join(each.labels), number(each.occurrences)) for each in of.examples]
    tables = [Table(("label", "and", "commands"), pairs, "Labels that share commands, most first")] if pairs else []
    if examples:
        tables.append(Table(("command", "labels", "times seen"), examples, "Seen most often", frozenset({0})))
    return Chapter("shared", "Commands with several techniques", sentences, tables)


def _lengths(found: Description) -> Chapter:
    rows = [(each.unit, *map(number, each.quantiles)) for each in found.lengths]
    sentences = [sentence for each in found.lengths for sentence in _limit(each, found)]
    sentences.append(
        "Tokens are those of the logistic regression (flags, paths and addresses whole); words those of the LSTM."
    )
    return Chapter("lengths", "Lengths", sentences, [Table(("of a row, in", *_QUANTILE_NAMES), rows)])


def _limit(each: Lengths, found: Description) -> Iterator[str]:
    if each.limit is None:
        return
    if each.unit == "words":
        rows = found.structure.rows
        yield (
            f"{number(each.over_limit)} rows ({percent(each.over_limit, rows)}) have more than {each.limit} words: "
            f"the study's LSTM does not read the rest."
        )
        return
    whole = found.structure.rows_read
    at_limit = f"{number(each.at_limit)} rows as read ({percent(each.at_limit, whole)}) have exactly {each.limit} bytes"
    more = f"; {number(each.over_limit)} have more, so these are no titles" if each.over_limit else ""
    yield f"{at_limit}, where the kernel cuts process titles{more}."


def _words(found: Description) -> Chapter:
    rows = found.structure.rows
    header = ("what", "different", "times", "vocabulary", "covers", "rows with an unknown one", "of rows")
    made = [
        (
            each.name,
            number(each.distinct),
            number(each.times),
            number(each.limit),
            percent(each.covered, 1),
            number(each.unknown_rows),
            percent(each.unknown_rows, rows),
        )
        for each in found.vocabularies
    ]
    frequent = [
        Table(
            ("token", "times"), [(each.token, f"{each.times:,}") for each in words.frequent], words.name, frozenset({0})
        )
        for words in found.vocabularies
    ]
    text = "Counted over rows. The vocabulary is as large as the study's: 5,000 features, 5,000 numbers for words."
    return Chapter("words", "Words", (text,), [Table(header, made), *frequent])


def _provenance(found: Description) -> Chapter:
    of = found.provenance
    named = "named by the files" if of.named_groups else "not named by the files: near-duplicates share one"
    sizes = Table(("", *_QUANTILE_NAMES), [("rows of a group", *map(number, of.group_sizes))])
    sentences = [
        (
            f"{number(of.groups)} groups, {named}. With near-duplicates they are tied into {number(of.tied_sets)} sets "
            f"that no leak-free split may part; the largest has {number(of.largest_set)} rows "
            f"({percent(of.largest_set, found.structure.rows)})."
        )
    ]
    parts = (("platform", of.platforms), ("source", of.origins), ("licence", of.licences))
    return Chapter("provenance", "Where rows are from", sentences, [sizes, *(_shares(*part) for part in parts)])


def _shares(name: str, shares: Sequence[Share]) -> Table:
    rows = sum(share.rows for share in shares)
    made = [(each.value, number(each.rows), percent(each.rows, rows), number(each.occurrences)) for each in shares]
    return Table((name, "rows", "of rows", "times seen"), made)


def _leakage(found: Description) -> Chapter:
    header = ("split", "train", "dev", "test", "same command", "near-duplicate", "tied", "right by copying")
    rows = [
        (
            each.split,
            f"{each.train_rows:,}",
            f"{each.dev_rows:,}",
            f"{each.test_rows:,}",
            *(percent(part, each.test_rows) for part in _parts(each)),
        )
        for each in found.leakage
    ]
    sentences = [
        _LEAKS,
        (
            f"Measured after grouping ({found.grouping.rule}). A score on the first split says how well a model "
            "remembers; on a grouped split, how well it transfers."
        ),
    ]
    tables = [Table(header, rows, "Splits")] if rows else []
    return Chapter("leakage", "What a random split hides", sentences, tables)


def _parts(each: Leakage) -> tuple[int, ...]:
    return each.exact_rows, each.near_rows, each.tied_rows, each.copied_rows
