"""Curation of speech datasets: every label traceable to a recorded fact."""
