"""Made-up EVTX files of Sysmon records: every ``one_in``-th starts a process, the others are connections."""

from scripts.make_evtx import SYSMON, Made, evtx_of, process_created

RECORDS_IN_CHUNK = 60
_FIRST_TIME = 1_000_000_000_000_000
_CONNECTION = {
    "RuleName": "-",
    "UtcTime": "2026-01-02 03:04:05.123",
    "ProcessGuid": "{0}",
    "ProcessId": "4",
    "Image": "C:\\Windows\\System32\\svchost.exe",
    "User": "NT AUTHORITY\\SYSTEM",
    "Protocol": "tcp",
    "SourceIp": "192.0.2.7",
    "SourcePort": "4000",
    "DestinationIp": "192.0.2.9",
    "DestinationPort": "443",
}


def evtx_log(chunks: int, one_in: int) -> bytes:
    """A file of ``chunks`` chunks, all records different."""
    return evtx_of(
        [
            [_record(chunk * RECORDS_IN_CHUNK + place + 1, one_in) for place in range(RECORDS_IN_CHUNK)]
            for chunk in range(chunks)
        ]
    )


def _record(number: int, one_in: int) -> Made:
    moment = _FIRST_TIME + number * 1_000_000
    if number % one_in == 0:
        line = f'"C:\\Windows\\System32\\cmd.exe" /c echo {number} & whoami /all'
        return process_created(number, moment, line)
    return Made(SYSMON, 3, number, moment, _CONNECTION)
