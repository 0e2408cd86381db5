"""Bytes without meaning: where they come from, how they are rearranged, hashed and written."""
