from pathlib import Path

SAMPLES = Path(__file__).parent / "samples"
"""Labelled messages of our own; rules and classifier are measured on them, and nothing is made of them."""
