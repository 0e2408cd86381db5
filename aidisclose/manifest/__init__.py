"""What a manifest store says: manifests, claims, assertions, ingredients, disclosure."""
