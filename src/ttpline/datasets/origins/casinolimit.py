"""CasinoLimit: audit logs of 114 runs of a capture-the-flag challenge, labelled with ATT&CK techniques.

Built from the archive's raw logs and label files as they are, zipped or unpacked: each label names audit events by
machine and serial, and each of those events has a process title. See ``docs/datasets/casinolimit.md``.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ttpline.datasets.origins._archive import Archive
from ttpline.datasets.origins._casinolimit_instance import InstanceJob
from ttpline.datasets.origins._casinolimit_run import run_instances
from ttpline.datasets.origins._casinolimit_state import State
from ttpline.datasets.origins._casinolimit_table import figures, joined_facts, table, write_table
from ttpline.datasets.origins._casinolimit_tree import instances
from ttpline.datasets.origins._output import write_outputs
from ttpline.datasets.origins.base import BuildReport, BuildRequest, FileSet, Origin, RemoteFile
from ttpline.errors import UsageError

STUDY = "https://raw.githubusercontent.com/0xTchomo/mitre-attack-command-classifier"
STUDY_COMMIT = "d930981e44d4645b2b218cebfeb01f1d738e1898"
STUDY_TABLE = "114_commands_double_labeled_37_classes_counted.csv"
STUDY_BLOB = "git-blob:8742dc3413a098d18e2264550e785bfa1296e246"
TABLE_LIMIT_BYTES = 64 << 20  # 71,000 rows of command lines are a few megabytes
ARCHIVE_LIMIT_BYTES = 16 << 30  # all files together are 3.6 GB as published


def build(request: BuildRequest) -> BuildReport:
    """The study's table from raw logs and labels; ``UsageError`` without a reader of audit logs."""
    if request.reader is None:
        raise UsageError("casinolimit needs a reader of audit logs")
    logs, labels = request.inputs["syslogs"], request.inputs["labels"]
    with Archive(logs) as log_archive, Archive(labels) as label_archive:
        found, ignored = instances(log_archive, label_archive)
    jobs = [InstanceJob(logs, labels, instance, request.reader, request.unlabelled) for instance in found]
    state = State(request.state or request.output.with_name(f"{request.output.name}.state"))
    results = run_instances(jobs, request.jobs, state, request.progress)
    made = table(results, request.rows_by)
    summed = joined_facts(results)
    facts: dict[str, Any] = {
        "origin": ORIGIN.name,
        "citation": ORIGIN.citation,
        "licence": ORIGIN.licence,
        "options": {"unlabelled": request.unlabelled, "rows_by": request.rows_by},
        "instances": {
            "all": len(found),
            "with logs and labels": sum(bool(one.machines) and one.labels is not None for one in found),
            "with logs only": sorted(one.name for one in found if one.labels is None),
            "with labels only": sorted(one.name for one in found if not one.machines),
        },
        "files_not_used": dict(sorted(ignored.items())),
        "table": figures(results, made),
        **summed,
    }
    write_outputs(request, lambda path: write_table(made, path), facts)
    if request.state is None:
        state.remove()
    unreadable = sum(summed["unreadable_records"].values()) + summed["counts"].get("damaged log files", 0)
    return BuildReport(len(made), facts, _lines(facts), unreadable)


def _lines(facts: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The report for people: what there is, then whatever is not as it should be."""
    shown: list[tuple[str, str]] = [
        ("instances", f"{facts['instances']['with logs and labels']:,} of {facts['instances']['all']:,} with both")
    ]
    for group in ("table", "counts", "label_problems", "unreadable_records", "files_not_used"):
        shown += [(name, f"{value:,}") for name, value in facts[group].items() if isinstance(value, int) and value]
    shown += [
        ("instances with logs only", ", ".join(facts["instances"]["with logs only"])),
        ("instances with labels only", ", ".join(facts["instances"]["with labels only"])),
        ("techniques without an id", ", ".join(facts["techniques_without_id"])),
    ]
    notes = [note for note in facts["notes"] if " is folder " not in note]
    shown += [("note", note) for note in notes[:NOTES_SHOWN]]
    if len(notes) > NOTES_SHOWN:
        shown.append(("note", f"{len(notes) - NOTES_SHOWN:,} more in the report"))
    return tuple((name, value) for name, value in shown if value)


NOTES_SHOWN = 10


def input_bytes(inputs: Mapping[str, Path]) -> int:
    """Bytes of log to read, unpacked."""
    with Archive(inputs["syslogs"]) as logs, Archive(inputs["labels"]) as labels:
        return sum(instance.log_bytes for instance in instances(logs, labels)[0])


def _zenodo(record: str) -> tuple[RemoteFile, ...]:
    # Digests: to be added once they are known; until then the digest of what came is shown and kept beside it.
    base = f"https://zenodo.org/records/{record}/files"
    names = ("syslogs.zip", "syslogs_labels.zip")
    return tuple(RemoteFile(name, f"{base}/{name}?download=1", ARCHIVE_LIMIT_BYTES) for name in names)


ORIGIN = Origin(
    name="casinolimit",
    description="audit logs of 114 runs of a capture-the-flag challenge (Breizh CTF 2024), labelled with techniques",
    licence="as the archive's page states; check it before you pass the data on",
    citation="CasinoLimit: An Offensive Dataset Labeled with MITRE ATT&CK Techniques, "
    "https://inria.hal.science/hal-05224264, doi 10.5281/zenodo.15278062",
    homepage="https://casinolimit.inria.fr",
    inputs=("syslogs", "labels"),
    build=build,
    input_bytes=input_bytes,
    how_to_get="ttpline dataset fetch casinolimit --set archive, or download both zip files by hand",
    file_sets={
        "table": FileSet(
            "the study's own table, 70,992 rows: proctitle, technique, technique_grouped, count",
            (RemoteFile(STUDY_TABLE, f"{STUDY}/{STUDY_COMMIT}/data/raw/{STUDY_TABLE}", TABLE_LIMIT_BYTES, STUDY_BLOB),),
        ),
        "archive": FileSet("raw logs and labels, doi 10.5281/zenodo.15278062, 3.6 GB", _zenodo("15278062")),
        "archive-new": FileSet("the same in its newer version, doi 10.5281/zenodo.17256954", _zenodo("17256954")),
    },
)
