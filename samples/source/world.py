"""The machine web01 as it stood that day: its users, daemons, programs and scripts."""

from dataclasses import dataclass

USERS = {
    "root": 0, "_apt": 42, "www-data": 33, "postgres": 112, "zabbix": 115, "sshd": 104,
    "mina": 1001, "tomas": 1002, "deploy": 1003, "backup": 34, "man": 6,
}  # fmt: skip
GROUPS = {"_apt": ("nogroup", 65534), "man": ("man", 12), "zabbix": ("zabbix", 121), "postgres": ("postgres", 120)}
"""Where a user's group has another number than the user."""
HOMES = {"root": "/root", "www-data": "/var/www", "zabbix": "/var/lib/zabbix", "backup": "/var/backups"}
UNSET = 4294967295
"""The kernel's ``(uid_t)-1``: never logged in."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A process that was there before the log begins."""

    user: str
    pid: int
    exe: str
    title: tuple[str, ...]
    cwd: str


DAEMONS = {
    "systemd": Daemon("root", 1, "/usr/lib/systemd/systemd", ("/sbin/init",), "/"),
    "cron": Daemon("root", 611, "/usr/sbin/cron", ("/usr/sbin/cron", "-f"), "/"),
    "sshd": Daemon("root", 688, "/usr/sbin/sshd", ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",), "/"),
    "zabbix-agent": Daemon(
        "zabbix",
        702,
        "/usr/sbin/zabbix_agentd",
        ("/usr/sbin/zabbix_agentd", "-c", "/etc/zabbix/zabbix_agentd.conf"),
        "/",
    ),
    "php-fpm": Daemon("www-data", 871, "/usr/sbin/php-fpm8.2", ("php-fpm: pool shop",), "/var/www/shop/public"),
}

# Where a bare name is found: everything else is /usr/bin/NAME.
SBIN = {
    "apache2ctl", "auditctl", "cron", "ip", "ldconfig", "logrotate", "lvs", "nginx", "runuser", "useradd", "usermod",
    "visudo", "chpasswd", "zabbix_agentd", "sshd", "fstrim", "service", "sysctl", "arp",
}  # fmt: skip
RESOLVED = {
    "/bin/sh": "/usr/bin/dash",
    "/usr/bin/sh": "/usr/bin/dash",
    "/bin/bash": "/usr/bin/bash",
    "/usr/bin/awk": "/usr/bin/mawk",
    "/usr/bin/python3": "/usr/bin/python3.11",
    "/usr/bin/vim": "/usr/bin/vim.basic",
    "/usr/bin/nc": "/usr/bin/nc.openbsd",
    "/usr/bin/perl": "/usr/bin/perl",
    "/usr/bin/pager": "/usr/bin/less",
    "/usr/bin/php": "/usr/bin/php8.2",
    "/usr/sbin/ip": "/usr/bin/ip",
    "/usr/bin/mysqldump": "/usr/bin/mariadb-dump",
    "/usr/bin/mysql": "/usr/bin/mariadb",
    "/usr/bin/gpg-zip": "/usr/bin/gpg-zip",
    "/usr/bin/which": "/usr/bin/dash",
}
# First lines of scripts: the kernel logs the interpreter's argv, and the script's name as comm.
SCRIPTS = {
    "/etc/cron.daily/apt-compat": "/bin/sh",
    "/etc/cron.daily/dpkg": "/bin/sh",
    "/etc/cron.daily/logrotate": "/bin/sh",
    "/etc/cron.daily/man-db": "/bin/sh",
    "/usr/lib/apt/apt.systemd.daily": "/bin/sh",
    "/usr/local/bin/nightly-backup": "/bin/bash",
    "/usr/local/bin/shop-thumbs": "/bin/bash",
    "/usr/local/bin/disk-report": "/usr/bin/python3",
    "/usr/bin/needrestart": "/usr/bin/perl",
    "/usr/sbin/needrestart": "/usr/bin/perl",
    "/usr/bin/which": "/bin/sh",
    "/usr/local/bin/deploy-shop": "/bin/bash",
    "/usr/bin/lesspipe": "/bin/sh",
    "/usr/bin/composer": "/usr/bin/php",
    "/usr/bin/certbot": "/usr/bin/python3",
    "/usr/bin/unattended-upgrade": "/usr/bin/python3",
    "/usr/bin/npm": "/usr/bin/env node",
    "/usr/bin/npx": "/usr/bin/env node",
    "/var/www/shop/vendor/bin/phpunit": "/usr/bin/env php",
    "/usr/lib/sysstat/sa1": "/bin/sh",
    "/var/lib/dpkg/info/libssl3:amd64.postinst": "/bin/sh",
}
STATIC = {"/usr/lib/.kworkerd", "/usr/bin/restic", "/var/tmp/.cache/kworkerd", "/dev/shm/.pe32"}
"""Programs without a dynamic loader: one PATH record instead of two."""
SETUID = {"/usr/bin/sudo", "/var/tmp/.cache/sh"}
FILE_CAPS = {"/usr/bin/ping": 0x2000}
"""Permitted capabilities of a file: its execution also has a BPRM_FCAPS record."""
LOADER = {"c000003e": "/lib64/ld-linux-x86-64.so.2", "40000003": "/lib/ld-linux.so.2"}
ARCH_NAMES = {"c000003e": "x86_64", "40000003": "i386"}
EXECVE_NUMBERS = {"c000003e": 59, "40000003": 11}


def name_of(uid: int) -> str:
    """As auditd's enrichment writes it."""
    if uid == UNSET:
        return "unset"
    return next((name for name, number in USERS.items() if number == uid), f"unknown({uid})")


def group_of(uid: int) -> tuple[str, int]:
    """Name and number of a user's own group."""
    name = name_of(uid)
    return GROUPS.get(name, (name, uid))


def home(user: str) -> str:
    return HOMES.get(user, f"/home/{user}")


def found_path(word: str) -> str:
    """The path that a shell hands to ``execve`` for a first word."""
    if "/" in word:
        return word
    word = word.removeprefix("-")  # a login shell
    return f"/usr/sbin/{word}" if word in SBIN else f"/usr/bin/{word}"
