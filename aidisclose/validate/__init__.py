"""The validator: what the specification's chapter on validation demands, as status codes."""
