"""Which system call executes a program: the number depends on the architecture.

Numbers from the kernel's ``syscall.tbl`` and ``unistd.h``, architectures (``AUDIT_ARCH_*``) from ``linux/audit.h``.
The same number means other things elsewhere: 11 is ``execve`` on i386 and ``munmap`` on x86-64.
"""

EXEC_NAMES = frozenset({"execve", "execveat"})

_GENERIC = (221, 281)  # asm-generic: every architecture since arm64
X32_BIT = 0x40000000
"""x32 marks its calls with this bit and keeps the architecture of x86-64."""

EXEC_NUMBERS: dict[str, tuple[int, ...]] = {
    "c000003e": (59, 322, X32_BIT + 520, X32_BIT + 545),  # x86-64, and x32
    "40000003": (11, 358),  # i386
    "c00000b7": _GENERIC,  # aarch64
    "40000028": (11, 387),  # arm
    "28": (11, 387),  # arm, big-endian
    "c0000015": (11, 362),  # ppc64le
    "80000015": (11, 362),  # ppc64
    "14": (11, 362),  # ppc
    "80000016": (11, 354),  # s390x
    "16": (11, 354),  # s390
    "c00000f3": _GENERIC,  # riscv64
    "400000f3": _GENERIC,  # riscv32
    "c0000102": _GENERIC,  # loongarch64
    "c0000032": (1033, 1342),  # ia64
    "c0009026": (59, 513),  # alpha
    "8": (4011, 4356),  # mips o32, big-endian
    "40000008": (4011, 4356),
    "80000008": (5057, 5316),  # mips n64
    "c0000008": (5057, 5316),
    "a0000008": (6057, 6320),  # mips n32
    "e0000008": (6057, 6320),
    "2": (59, 350),  # sparc
    "8000002b": (59, 350),  # sparc64
    "f": (11, 342),  # parisc
    "8000000f": (11, 342),
    "4": (11, 355),  # m68k
    "2a": (11, 358),  # sh
    "4000002a": (11, 358),
}

_ARCH_NAMES = {
    "x86_64": "c000003e",
    "i386": "40000003",
    "i486": "40000003",
    "i586": "40000003",
    "i686": "40000003",
    "aarch64": "c00000b7",
    "arm": "40000028",
    "armv7l": "40000028",
    "ppc64le": "c0000015",
    "ppc64": "80000015",
    "ppc": "14",
    "s390x": "80000016",
    "s390": "16",
    "riscv64": "c00000f3",
}


def executes(arch: str | None, syscall: str | None, enriched_name: str | None = None) -> bool | None:
    """Whether the call runs a program; None when the log does not tell (an architecture that nobody knows).

    ``arch`` and ``syscall`` as the record has them: hex and decimal, or names. A name stands for itself.

    >>> executes("40000003", "11"), executes("c000003e", "11"), executes("feed", "11"), executes("feed", "execve")
    (True, False, None, True)
    """
    if syscall is not None and not syscall.isdecimal():
        return syscall in EXEC_NAMES
    numbers = EXEC_NUMBERS.get(_ARCH_NAMES.get(arch, arch).lower().lstrip("0")) if arch else None
    if numbers is not None and syscall is not None:
        return int(syscall[:10]) in numbers
    return None if enriched_name is None else enriched_name in EXEC_NAMES
