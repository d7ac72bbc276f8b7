"""Prefect flows and the command line: they order and retry, the library does the work."""
