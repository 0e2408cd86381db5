"""The C2PA Soft Binding Resolution API 2.4: manifests by what they are bound to."""
