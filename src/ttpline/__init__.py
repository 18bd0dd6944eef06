"""ttpline: raw command-line telemetry in, MITRE ATT&CK techniques out."""
