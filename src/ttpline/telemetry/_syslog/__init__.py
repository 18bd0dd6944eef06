"""What text logs of Unix systems share: line headers, and the messages that tell of a command."""
