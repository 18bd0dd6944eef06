"""Whether lines without any mark are what somebody typed at a shell."""

import re

LIKELY = 0.55
"""Just enough to be read, and less than anything that has a mark or a name of its own."""

LEAST_LINES = 3
LEAST_SHARE = 0.9

_FIRST = re.compile(r"([A-Za-z_.][\w.+-]*)(?=\s|$|[;|&<>])", re.ASCII)

_WORDS = """
    alias apt apt-get aptitude awk bash bg brew bzip2 cargo cat cd chattr chgrp chmod chown clear cmake cp crontab
    curl cut date dd df dig dir dmesg dnf docker dpkg du echo emacs env exit export fg find for free ftp function
    gcc gdb git go grep groups gunzip gzip halt head help history hostname htop id if ifconfig init insmod ip
    iptables java jobs journalctl kill killall kubectl last less ln locate logout ls lsblk lscpu lsmod lsof lspci
    ltrace make man md5sum mkdir modprobe more mount mv mysql nano nc ncat netstat nice nmap node nohup npm
    nslookup openssl passwd perl pgrep php ping pip pip3 pkill podman poweroff printenv printf ps psql pushd popd
    pwd python python3 read reboot renice rm rmdir route rpm rsync ruby scp screen sed service set setenforce sftp
    sh sha256sum shutdown snap sort source ss ssh ssh-keygen stat strace strings su sudo sysctl systemctl tail tar
    tcpdump tee telnet tmux top touch tr traceroute tree uname uniq unset unzip uptime useradd userdel usermod vi
    vim visudo w watch wc wget whereis which while who whoami xargs yum zcat zip zsh
"""
_TYPED = frozenset(_WORDS.split())
"""What people type first on a line; words that begin a sentence as often (``at``, ``in``, ``use``) are not here."""


def is_typed(lines: list[str]) -> bool:
    """Nearly all lines begin with a program that people type, none is indented, and no script says what it is for.

    >>> is_typed(["whoami", "sudo su -", "cat /etc/shadow", "# a note", "ls | wc -l"])
    True
    >>> is_typed(["make sure that it works", "", "find out why", "cats are nice"])
    False
    """
    said = [line for line in lines if line.strip()]
    if len(said) < LEAST_LINES or said[0].startswith("#!") or any(line[0] in " \t" for line in said):
        return False
    typed = [line for line in said if not line.startswith("#")]
    if len(typed) < LEAST_LINES or 2 * len(typed) < len(said):
        return False
    known = sum((found := _FIRST.match(line)) is not None and found[1] in _TYPED for line in typed)
    return known >= LEAST_SHARE * len(typed)
