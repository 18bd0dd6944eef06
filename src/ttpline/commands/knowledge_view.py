"""What is known under a name, as lines for people."""

from collections.abc import Iterator

from ttpline.errors import UsageError
from ttpline.knowledge.entries import Claim, Knowledge, ObjectClass, Program


def describe(knowledge: Knowledge, name: str) -> list[str]:
    """The entries under ``name``: a program, a class, or all that speak for a technique; ``UsageError`` for none."""
    lowered = name.lower()
    lines = [line for program in knowledge.programs if lowered in program.names for line in _program(program)]
    lines += [line for one in knowledge.objects if one.name == lowered for line in _object(one)]
    lines += [
        f"{technique:<10} {strength:>2}  {entry}"
        for technique, strength, entry in sorted(_claims(knowledge), key=lambda one: (one[0], -one[1], one[2]))
        if technique == name or technique.startswith(f"{name}.")
    ]
    if not lines:
        raise UsageError(f"nothing is known of {name!r}", remedy="ttpline knowledge test my.yaml adds it")
    return lines


def _program(program: Program) -> Iterator[str]:
    yield f"{', '.join(program.names)}: {program.purpose}"
    if program.platforms or program.kinds:
        yield f"  {', '.join(program.platforms) or 'any platform'}; {', '.join(program.kinds)}"
    for place, verb in (*program.operands.items(), *program.values.items()):
        yield f"  {verb} {place}"
    for use in program.uses:
        yield f"  {' '.join(use.when) or 'always'}: {_said(use.claim)}"


def _object(one: ObjectClass) -> Iterator[str]:
    yield f"{one.name}: {one.phrase}"
    yield f"  {', '.join(one.names)}"
    for verb, claim in one.claims.items():
        yield f"  {verb}: {_said(claim)}"


def _said(claim: Claim) -> str:
    speaks = ", ".join(f"{technique} {strength:+d}" for technique, strength in claim.speaks.items())
    return "; ".join(part for part in (claim.does, speaks, f"suspicion {claim.suspicion}") if part)


def _claims(knowledge: Knowledge) -> Iterator[tuple[str, int, str]]:
    """(technique, strength, entry) of everything."""
    for program in knowledge.programs:
        for use in program.uses:
            name = f"{program.names[0]} {' '.join(use.when)}".strip()
            yield from ((technique, strength, name) for technique, strength in use.claim.speaks.items())
    for one in knowledge.objects:
        for verb, claim in one.claims.items():
            yield from ((technique, strength, f"{verb} {one.name}") for technique, strength in claim.speaks.items())
    for text in knowledge.texts:
        yield from ((technique, strength, text.pieces[0]) for technique, strength in text.claim.speaks.items())
    for rule in knowledge.combinations:
        yield from ((technique, strength, " ".join(rule.when)) for technique, strength in rule.claim.speaks.items())
