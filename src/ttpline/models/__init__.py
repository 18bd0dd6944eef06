"""Commands -> one calibrated probability a label; one file a family. Knows no log format."""
