"""Packs the knowledge: every ``data/*.yaml`` read, checked and written as the one file that loads at once.

.venv/bin/python scripts/build_knowledge.py           write
.venv/bin/python scripts/build_knowledge.py --check   exit 1 if it is out of date
"""

import sys

import msgspec

from ttpline.knowledge.load import DATA, PACKAGED, read_knowledge


def main(arguments: list[str]) -> int:
    knowledge, _ = read_knowledge(sorted(DATA.glob("*.yaml")))
    made = msgspec.json.encode(knowledge) + b"\n"
    if "--check" in arguments:
        is_current = PACKAGED.is_file() and PACKAGED.read_bytes() == made
        print(f"{PACKAGED.name} is {'current' if is_current else 'out of date: run scripts/build_knowledge.py'}")
        return 0 if is_current else 1
    PACKAGED.write_bytes(made)
    print(f"{PACKAGED}: {len(made):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
