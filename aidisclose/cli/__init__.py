"""The command line: `aidisclose COMMAND`, one module a command."""
