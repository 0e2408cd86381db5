"""Results as text for people and as documents for programs: see `formats` for the list."""
