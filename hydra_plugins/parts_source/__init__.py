"""Options for Hydra that are dataclasses, not files."""
