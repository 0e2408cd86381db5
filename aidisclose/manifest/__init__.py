"""The content of a manifest store: manifests, claims, assertions, ingredients, disclosure."""
