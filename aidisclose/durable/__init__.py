"""Credentials that survive: fingerprints of content, and how alike two of them are."""
