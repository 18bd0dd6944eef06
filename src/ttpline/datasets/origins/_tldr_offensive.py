"""Tools whose only use is attack or intrusion testing: their pages are no ordinary commands.

Dual-use tools (``nc``, ``tcpdump``, ``useradd``) stay: administrators run them every day.
"""

import re

TOOLS = frozenset(
    {
        "amass", "arpspoof", "autorecon", "bettercap", "binwalk", "bloodhound-python", "bully", "burpsuite", "cewl",
        "cowpatty", "crackle", "crackmapexec", "crunch", "dhcpig", "dhcpwn", "dirb", "dirbuster", "dirsearch",
        "dnschef", "dnsenum", "dnsrecon", "enum4linux", "ettercap", "evil-winrm", "exegol", "fcrackzip",
        "feroxbuster", "ffuf", "fierce", "flask-unsign", "gobuster", "hashcat", "hashid", "hping3", "httprobe",
        "hydra", "john", "kerbrute", "kismet", "kiterunner", "ldapdomaindump", "linpeas", "macchanger", "maltego",
        "masscan", "massdns", "mdk3", "mdk4", "medusa", "mimikatz", "msfconsole", "msfvenom", "nbtscan", "ncat",
        "ncrack", "netcat-shell", "netexec", "nettacker", "nikto", "nmap", "nuclei", "nxc", "nxcdb", "ophcrack",
        "patator", "pdfcrack", "proxychains", "proxychains4", "pspy", "pwn", "pyrit", "rarcrack", "reaver",
        "recon-ng", "responder", "rpcclient", "rsactftool", "rubeus", "rustscan", "searchsploit", "sherlock",
        "slowloris", "smbmap", "socat-shell", "sqlmap", "sslstrip", "steghide", "stegsnow", "subfinder",
        "sublist3r", "theharvester", "trufflehog", "wfuzz", "whatweb", "wifiphisher", "wifite", "wpaclean",
        "wpscan", "x8", "xsser", "zgrab", "zip2john", "zmap",
    }
)  # fmt: skip
"""By name; a page ``tool-subcommand`` belongs to its tool (``amass-enum``)."""

_FAMILY = re.compile(r"(?:mimikatz|impacket|nxc|kiterunner)-|air(?:base|crack|decap|eplay|graph|mon|odump|serv)-ng$")
_IMPACKET = frozenset(
    {
        "addcomputer", "dumpntlminfo", "getadusers", "getarch", "getnpusers", "getst", "gettgt", "getuserspns",
        "mqtt_check", "mssqlclient", "ntfs-read", "ping", "ping6", "psexec", "rdp_check", "reg", "rpcdump",
        "rpcmap", "sambapipe", "secretsdump", "smbclient", "smbexec", "smbserver", "sniff", "sniffer",
        "ticketconverter",
    }
)  # fmt: skip
"""Scripts of one collection; offensive with ``.py`` only (``ping`` is not, ``ping.py`` is)."""

_PREFIXES = re.compile(r"(?:sudo|doas|env|time|nohup)\s+")


def is_offensive_page(name: str) -> bool:
    """Whether the page ``name`` (without ``.md``) is about such a tool.

    >>> [is_offensive_page(name) for name in ("nmap", "amass-enum", "ping.py", "ping", "zip")]
    [True, True, True, False, False]
    """
    name = name.lower()
    if name in TOOLS or name.removesuffix(".py") in TOOLS or _FAMILY.match(name):
        return True
    return (name.endswith(".py") and name.removesuffix(".py") in _IMPACKET) or name.rpartition("-")[0] in TOOLS


def is_offensive_command(command: str) -> bool:
    """Whether a command starts such a tool, whatever page it is on."""
    words = _PREFIXES.sub("", command).split()
    program = words[0].rpartition("/")[2].rpartition("\\")[2].removesuffix(".exe").lower() if words else ""
    return program in TOOLS or is_offensive_page(program)
