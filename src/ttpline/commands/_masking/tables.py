"""Which options of which programs take a password, as their manuals say."""

from typing import Final

NEXT: Final[dict[str, tuple[str, ...]]] = {
    "sshpass": ("-p",), "psexec": ("-p", "/p"), "paexec": ("-p", "/p"), "csexec": ("-p",), "remcom": ("/pwd:",),
    "pskill": ("-p",), "pslist": ("-p",), "psloggedon": ("-p",), "psservice": ("-p",), "psinfo": ("-p",),
    "psfile": ("-p",), "psshutdown": ("-p",), "pspasswd": ("-p",), "pssuspend": ("-p",), "psloglist": ("-p",),
    "plink": ("-pw",), "pscp": ("-pw",), "psftp": ("-pw",), "putty": ("-pw",), "kitty": ("-pw", "-pass"),
    "schtasks": ("/rp", "/p"), "tasklist": ("/p",), "taskkill": ("/p",), "systeminfo": ("/p",),
    "driverquery": ("/p",),
    "openfiles": ("/p",), "getmac": ("/p",), "eventcreate": ("/p",), "gpresult": ("/p",), "waitfor": ("/p",),
    "certutil": ("-p",), "certreq": ("-p",), "signtool": ("/p",), "winrs": ("-p", "/p"), "sqlcmd": ("-P",),
    "osql": ("-P",), "isql": ("-P",), "bcp": ("-P",),
    "oc": ("-p",), "az": ("-p",), "redis-cli": ("-a", "--pass"), "mongo": ("-p",), "mongosh": ("-p",),
    "mongodump": ("-p",), "mongorestore": ("-p",), "mongoexport": ("-p",), "mongoimport": ("-p",),
    "ldapsearch": ("-w",), "ldapmodify": ("-w",), "ldapadd": ("-w",), "ldapdelete": ("-w",),
    "ldappasswd": ("-w", "-s", "-a"),
    "zip": ("-P",), "unzip": ("-P",), "useradd": ("-p",), "usermod": ("-p",), "rdesktop": ("-p",),
    "evil-winrm": ("-p", "-H"), "crackmapexec": ("-p", "-H"), "cme": ("-p", "-H"), "nxc": ("-p", "-H"),
    "netexec": ("-p", "-H"), "smbmap": ("-p",), "enum4linux": ("-p",), "ldapdomaindump": ("-p",), "certipy": ("-p",),
    "bloodhound-python": ("-p",), "kerbrute": ("-p",), "hydra": ("-p",), "medusa": ("-p",),
    "ipmitool": ("-P",), "snmpwalk": ("-c", "-A", "-X"), "snmpget": ("-c", "-A", "-X"), "snmpset": ("-c", "-A", "-X"),
    "openssl": ("-k", "-K", "-pass", "-passin", "-passout"), "ncrack": ("--pass",), "vncdo": ("-p",),
    "influx": ("-password",), "cqlsh": ("-p",), "mosquitto_pub": ("-P",),
    "mosquitto_sub": ("-P",), "adfind": ("-up",),
    "dsmod": ("-pwd",), "dsadd": ("-pwd",), "dsquery": ("-p",),
}  # fmt: skip
"""The value is the next word; letters count as written where the program tells them apart."""
WINDOWS: Final = frozenset({"schtasks", "tasklist", "taskkill", "systeminfo", "psexec", "paexec", "signtool", "winrs"})
ATTACHED: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mysqlshow", "mysqlcheck", "mysqlpump", "mysqlslap",
         "mysqlbinlog", "mysqlsh", "mariadb", "mariadb-dump", "mariadb-admin", "mycli"), ("-p",),
    ),
    **dict.fromkeys(("7z", "7za", "7zr", "7zz", "rar", "unrar", "winrar"), ("-p", "-hp")),
    "sshpass": ("-p",), "sqlcmd": ("-P",), "osql": ("-P",), "bcp": ("-P",), "zip": ("-P",),
    "unzip": ("-P",), "xfreerdp": ("/p:", "-p:"), "wfreerdp": ("/p:",), "xfreerdp3": ("/p:",), "mstsc": ("/p:",),
    "winrs": ("-p:", "/p:"), "net": ("/p:",), "cmdkey": ("/pass:", "/pass="), "runas": ("/p:",),
    "wmic": ("/password:",),
    "netdom": ("/pd:", "/po:", "/passwordd:", "/passwordo:"), "kerberos::golden": ("/krbtgt:",),
    "rubeus": ("/krbkey:",),
    "remcom": ("/pwd:",), "snmpwalk": ("-c",), "snmpget": ("-c",),
}  # fmt: skip
"""The value stands in the same word."""
USER_AND_PASSWORD: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "curl": (("-u", "-U", "--user", "--proxy-user"), ":"),
    "lftp": (("-u", "--user"), ",:"),
    "smbclient": (("-U", "--user"), "%"), "rpcclient": (("-U", "--user"), "%"), "net": (("-U",), "%"),
    "smbget": (("-U", "--user"), "%"), "smbcacls": (("-U",), "%"), "winexe": (("-U", "--user"), "%"),
    "wmic": (("-U", "--user"), "%"), "pth-winexe": (("-U",), "%"), "nmblookup": (("-U",), "%"),
    "http": (("-a", "--auth"), ":"), "https": (("-a", "--auth"), ":"), "xh": (("-a", "--auth"), ":"),
   
}  # fmt: skip
"""Options whose value is a name, one of these characters, and the password."""
SUBCOMMANDS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "docker": ("login", ("-p",)), "podman": ("login", ("-p",)), "buildah": ("login", ("-p",)),
    "helm": ("login", ("-p",)),
    "nerdctl": ("login", ("-p",)), "skopeo": ("login", ("-p",)), "oc": ("login", ("-p",)), "az": ("login", ("-p",)),
    "cf": ("login", ("-p",)), "argocd": ("login", ("--password",)),
    "nmcli": ("", ("password", "wifi-sec.psk", "802-1x.password")),
    "sc": ("", ("password=",)),
}  # fmt: skip
"""Options that are secret only with a certain word among the arguments; and words that are no options."""
FED: Final = frozenset(
    {"chpasswd", "chgpasswd", "passwd", "smbpasswd", "sudo", "su", "cryptsetup", "kinit", "gpg", "gpg2", "openssl"}
)
FED_LOGINS: Final = ("--password-stdin", "--passphrase-fd", "-pass")
PRINTING: Final = frozenset({"echo", "printf", "write-output", "print"})
