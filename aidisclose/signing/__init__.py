"""Signing: who signs, test credentials, time stamps, and the flow from file to signed file."""
