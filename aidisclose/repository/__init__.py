"""Where manifests are kept, and found again by what they are bound to."""
