"""Disclosures that people perceive: text on pictures, and words before sound."""
