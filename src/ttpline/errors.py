"""Everything that can go wrong, as one tree. Each error says where, why and what to do.

    TtplineError            where, reason, remedy
    ├─ UsageError           a flag or argument that makes no sense          exit 2
    ├─ ConfigError          a setting or plugin that cannot be used         exit 2
    │   └─ KnowledgeError   an entry of a knowledge file with a mistake
    ├─ CatalogueError       an ATT&CK id or version nobody knows            exit 2
    ├─ SinkError            a target that cannot be written                 exit 5
    ├─ MissingExtraError    an optional dependency; names the pip install   exit 2
    ├─ TelemetryError                                                       exit 3
    │   ├─ UnknownFormatError
    │   └─ MalformedRecordError
    ├─ DatasetError                                                         exit 3
    │   ├─ LabelError       a label that ATT&CK does not know
    │   └─ LeakageError     a group in two splits
    └─ ModelError                                                           exit 4
        ├─ ModelFormatError version, checksum, missing or extra file
        ├─ NotFittedError
        └─ UnknownLabelError

Only ``cli/exit_codes.py`` turns them into exit codes.
"""


class TtplineError(Exception):
    """Base of all errors: ``where`` (file, record), ``reason``, ``remedy``.

    >>> str(TtplineError("time '25:61' is not a time", where="auth.log, record 812", remedy="use --tz"))
    "auth.log, record 812: time '25:61' is not a time; use --tz"
    """

    def __init__(self, reason: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.reason = reason
        self.where = where
        self.remedy = remedy
        super().__init__(reason)

    def __str__(self) -> str:
        text = f"{self.where}: {self.reason}" if self.where else self.reason
        return f"{text}; {self.remedy}" if self.remedy else text


class UsageError(TtplineError):
    """A flag or argument that makes no sense."""


class ConfigError(TtplineError):
    """A setting or a plugin that cannot be used."""


class KnowledgeError(ConfigError):
    """An entry of a knowledge file that makes no sense; ``where`` is the file and the entry."""


class CatalogueError(TtplineError):
    """An ATT&CK id or version that the catalogue does not hold."""


class SinkError(TtplineError):
    """A target that cannot be opened or written."""


class MissingExtraError(TtplineError):
    """An optional dependency is not installed; the remedy names the install."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed", remedy=f"pip install 'ttpline[{extra}]'")


class TelemetryError(TtplineError):
    """Input that cannot be read at all."""


class UnknownFormatError(TelemetryError):
    """No reader recognises the input."""


class MalformedRecordError(TelemetryError):
    """A record that is not what its format promises (raised only under ``--strict``)."""


class DatasetError(TtplineError):
    """Labelled data that cannot be used."""


class LabelError(DatasetError):
    """A label that is no known technique, ``Normal`` or ``Z999``."""


class LeakageError(DatasetError):
    """One group stands on both sides of a split."""


class ModelError(TtplineError):
    """A model that cannot be loaded or used."""


class ModelFormatError(ModelError):
    """Unknown schema version or family, a wrong digest, a missing or extra file."""


class NotFittedError(ModelError):
    """A model was asked to predict before it was fitted or restored."""


class UnknownLabelError(ModelError):
    """A label that the model was not trained on."""
