"""Knowledge files -> entries, every mistake named with its file and entry; and the packaged form that loads at once."""

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import msgspec

from ttpline.errors import KnowledgeError
from ttpline.knowledge.entries import NORMAL, Combination, Example, Knowledge, ObjectClass, Program, Text

DATA: Final = Path(__file__).parent / "data"
PACKAGED: Final = Path(__file__).parent / "packaged.json"
"""All of ``data/*.yaml``, read and checked; made by ``scripts/build_knowledge.py``."""
MOST_BYTES: Final = 4 * 2**20
"""Of one file; the largest of ours has a twentieth."""
_SECTIONS: Final = ("programs", "objects", "texts", "combinations")


@lru_cache(maxsize=1)
def packaged_knowledge() -> Knowledge:
    """What ttpline knows by itself: a few milliseconds, no YAML."""
    return msgspec.json.decode(PACKAGED.read_bytes(), type=Knowledge)


@lru_cache(maxsize=1)
def packaged_digest() -> str:
    """``sha256:…`` of the packaged knowledge; a model that learned with it remembers it."""
    return "sha256:" + hashlib.sha256(PACKAGED.read_bytes()).hexdigest()


def knowledge_ids(knowledge: Knowledge) -> set[str]:
    """Every technique and sub-technique that an entry speaks for."""
    claims = [use.claim for program in knowledge.programs for use in program.uses]
    claims += [claim for one in knowledge.objects for claim in one.claims.values()]
    claims += [text.claim for text in knowledge.texts] + [rule.claim for rule in knowledge.combinations]
    return {name for claim in claims for name, strength in claim.speaks.items() if strength > 0 and name != NORMAL}


def read_knowledge(files: Iterable[Path]) -> tuple[Knowledge, tuple[Example, ...]]:
    """The entries of ``files`` and their examples; ``KnowledgeError`` at the first mistake."""
    from ttpline.knowledge._read_entry import EntryReader  # asks the catalogue, which scoring does not need

    found: dict[str, list[Any]] = {section: [] for section in _SECTIONS}
    examples: list[Example] = []
    for file in files:
        document = _document(file)
        unknown = set(document) - set(_SECTIONS)
        if unknown:
            raise KnowledgeError(
                f"{min(unknown)!r} is no section", where=str(file), remedy=f"there are: {', '.join(_SECTIONS)}"
            )
        reader = EntryReader(file.name)
        for section in _SECTIONS:
            entries = document.get(section) or []
            if not isinstance(entries, list):
                raise KnowledgeError(f"{section} is no list", where=str(file))
            found[section] += [reader.read(section, entry, place) for place, entry in enumerate(entries, start=1)]
        examples += reader.examples
    return _whole(found), tuple(examples)


def merged(first: Knowledge, second: Knowledge) -> Knowledge:
    """Both; a user's own file after the packaged entries."""
    return Knowledge(
        first.programs + second.programs,
        first.objects + second.objects,
        first.texts + second.texts,
        first.combinations + second.combinations,
    )


def _whole(found: Mapping[str, list[Any]]) -> Knowledge:
    programs: list[Program] = found["programs"]
    objects: list[ObjectClass] = found["objects"]
    texts: list[Text] = found["texts"]
    combinations: list[Combination] = found["combinations"]
    return Knowledge(tuple(programs), tuple(objects), tuple(texts), tuple(combinations))


def _document(file: Path) -> dict[str, Any]:
    import yaml

    try:
        if file.stat().st_size > MOST_BYTES:
            raise KnowledgeError(f"is larger than {MOST_BYTES} bytes", where=str(file))
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise KnowledgeError(f"cannot be read: {error.strerror}", where=str(file)) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise KnowledgeError(f"is no YAML: {' '.join(str(error).split())}", where=str(file)) from error
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise KnowledgeError("has no sections", where=str(file), remedy=f"write {': … '.join(_SECTIONS)}")
    return document
