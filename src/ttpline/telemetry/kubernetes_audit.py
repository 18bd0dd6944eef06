"""The Kubernetes audit log: commands run in pods by ``kubectl exec`` and its like.

A request is logged in stages; all stages of one request are one event, which says how it ended if the log does.
"""

import re
import shlex
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zlib import crc32

import msgspec

from ttpline.columns.event_batch import EventBatch
from ttpline.telemetry._event_rows import EventRows, Place
from ttpline.telemetry._json.reader import JsonReader, WrappedError
from ttpline.telemetry._json.shape import UnreadableRecordError
from ttpline.telemetry._json.values import at, number, text, texts
from ttpline.telemetry._times import rfc3339

_GROUP = "audit.k8s.io/"
_GKE_SERVICE = "k8s.io"
_GKE_EXEC = re.compile(r"io\.k8s\.core\.v1\.(?:pods|nodes)\.(exec|attach|proxy)\.\w{1,20}")
_GKE_PLACE = re.compile(r"core/v1/namespaces/([^/]{1,253})/pods/([^/]{1,253})/")
NOT_LOGGED = "an exec whose command is not in the log (Cloud Logging leaves it out)"

_SUBRESOURCES = frozenset({"exec", "attach", "proxy"})
_PARAMETERS = frozenset({"command", "cmd"})
"""``command`` of the API server; ``cmd`` of a kubelet's ``run``, reached through a node's proxy."""

MAX_WAITING = 4096
"""Requests that may still get a later stage; a session that lasts longer keeps what its first stage said."""

MAX_GIVEN = 1 << 16
"""Requests remembered after they were given, so that a late stage is not an event of its own."""

MOST_PARAMETERS = 10_000
"""More than a request line of the API server holds."""


class _Record(msgspec.Struct):
    api_version: Any = msgspec.field(name="apiVersion", default=None)
    audit_id: Any = msgspec.field(name="auditID", default=None)
    uri: Any = msgspec.field(name="requestURI", default=None)
    user: Any = None
    impersonated: Any = msgspec.field(name="impersonatedUser", default=None)
    object: Any = msgspec.field(name="objectRef", default=None)
    status: Any = msgspec.field(name="responseStatus", default=None)
    received: Any = msgspec.field(name="requestReceivedTimestamp", default=None)
    old_time: Any = msgspec.field(name="timestamp", default=None)
    cloud: Any = msgspec.field(name="protoPayload", default=None)
    operation: Any = None


class Requests:
    """Gives ``rows`` one event a request, in the order of their first stages."""

    def __init__(self, rows: EventRows) -> None:
        self._rows = rows
        self._waiting: OrderedDict[str, tuple[Place, bytes, dict[str, Any]]] = OrderedDict()
        self._given: OrderedDict[str, None] = OrderedDict()

    def add(self, name: str, place: Place, raw: bytes, fields: dict[str, Any]) -> None:
        known = self._waiting.get(name)
        if known is not None:
            if known[2]["success"] is None:
                known[2]["success"] = fields["success"]
        elif name not in self._given:
            self._waiting[name] = (place, raw, fields)
            if len(self._waiting) > MAX_WAITING:
                self._give()

    def _give(self) -> None:
        name, (place, raw, fields) = self._waiting.popitem(last=False)
        self._given[name] = None
        if len(self._given) > MAX_GIVEN:
            self._given.popitem(last=False)
        self._rows.add(place, raw, fields.pop("command_line"), event_id=name, **fields)

    def full(self) -> Iterator[EventBatch]:
        """A batch, if there are enough events for one."""
        return self._rows.full()

    def rest(self) -> Iterator[EventBatch]:
        """What is left."""
        while self._waiting:
            self._give()
        yield from self._rows.rest()


class _Shape:
    record = _Record
    mark = b"auditID"
    command_marks = ((b"command=",), (b"cmd=",), (b"protoPayload", b".exec."))

    def is_own(self, raw: bytes) -> bool:
        return b"auditID" in raw or (b"protoPayload" in raw and b"k8s.io" in raw)

    def sniff(self, record: dict[str, Any]) -> float:
        cloud = record.get("protoPayload")
        if isinstance(cloud, dict):
            return 0.95 if cloud.get("serviceName") == _GKE_SERVICE and "methodName" in cloud else 0.0
        version = record.get("apiVersion")
        is_own = isinstance(version, str) and version.startswith(_GROUP)
        return 0.95 if "auditID" in record and (is_own or ("stage" in record and "requestURI" in record)) else 0.0

    def opened(self, rows: EventRows) -> Requests:
        return Requests(rows)

    def add(self, record: _Record, raw: bytes, place: Place, rows: Requests) -> None:
        if isinstance(record.cloud, dict):
            _add_cloud(record, record.cloud, raw, place, rows)
            return
        if record.audit_id is None:
            raise WrappedError
        subject = record.object if isinstance(record.object, dict) else {}
        if subject.get("subresource") not in _SUBRESOURCES or not isinstance(record.uri, str):
            return
        argv = _argv(record.uri, is_proxied=subject["subresource"] == "proxy")
        if not argv:
            return
        name = text(record.audit_id)
        if name is None:
            raise UnreadableRecordError("a request without its auditID")
        fields = {
            "command_line": shlex.join(argv),
            "argv": argv,
            "time": _time(record.received) or _time(record.old_time),
            "host": "/".join(one for key in ("namespace", "name") if (one := text(subject.get(key)))) or None,
            "user": _name(record.impersonated) or _name(record.user),
            "success": _success(record.status),
        }
        rows.add(f"kubernetes-audit:{name}", place, raw, fields)


def _add_cloud(record: _Record, cloud: dict[str, Any], raw: bytes, place: Place, rows: Requests) -> None:
    """An entry of GKE in Cloud Logging. The command is where the request or its path was logged, which is rare."""
    method = _GKE_EXEC.fullmatch(text(cloud.get("methodName")) or "")
    if cloud.get("serviceName") != _GKE_SERVICE:
        raise WrappedError
    if method is None or method[1] == "attach":
        return
    request = cloud.get("request")
    argv = texts(request.get("command")) if isinstance(request, dict) else None
    if argv is None:
        uri = text(at(cloud, "requestMetadata", "requestAttributes", "path"))
        argv = _argv(uri, is_proxied=method[1] == "proxy") if uri else None
    if not argv:
        if method[1] == "exec":
            raise UnreadableRecordError(NOT_LOGGED)
        return
    pod = _GKE_PLACE.search(text(cloud.get("resourceName")) or "")
    host = "/".join(pod.groups()) if pod else None
    status = cloud.get("status")
    code = number(status.get("code", 0)) if isinstance(status, dict) else None
    operation = text(at(record.operation, "id"))
    time = _time(record.old_time)
    fields = {
        "command_line": shlex.join(argv),
        "argv": argv,
        "time": time,
        "host": host,
        "user": text(at(cloud, "authenticationInfo", "principalEmail")),
        "success": None if code is None else code == 0,
    }
    name = operation or f"{host or ''}:{time}:{crc32(raw)}"
    rows.add(f"kubernetes-audit:{name}", place, raw, fields)


def _argv(uri: str, *, is_proxied: bool) -> list[str] | None:
    """The arguments, in order, each a parameter of its own: ``?command=sh&command=-c&command=id%20-u``.

    >>> _argv("/api/v1/namespaces/a/pods/b/exec?command=sh&command=-c&command=id%20-u&stdin=true", is_proxied=False)
    ['sh', '-c', 'id -u']
    """
    try:
        parts = urlsplit(uri)
        if is_proxied and "/exec/" not in parts.path and "/run/" not in parts.path:
            return None
        pairs = parse_qsl(parts.query, keep_blank_values=True, errors="surrogateescape", max_num_fields=MOST_PARAMETERS)
    except ValueError as error:
        raise UnreadableRecordError("a request whose parameters are none") from error
    return [value for name, value in pairs if name in _PARAMETERS]


def _name(user: Any) -> str | None:
    return text(user.get("username")) if isinstance(user, dict) else None


def _success(status: Any) -> bool | None:
    code = number(status.get("code")) if isinstance(status, dict) else None
    return None if code is None else code < 400


def _time(value: Any) -> int | None:
    return rfc3339(value) if isinstance(value, str) else None


READER = JsonReader(name="kubernetes-audit", description="Kubernetes audit log: exec into pods", shape=_Shape())
