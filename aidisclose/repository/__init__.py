"""Repositories, which keep manifests and find them by what they are bound to."""
