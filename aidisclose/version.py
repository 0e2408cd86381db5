"""The version of aidisclose; the single place where it is written."""

VERSION = "0.1.0"
