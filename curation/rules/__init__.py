"""The rules that make evidence of readings, one module an attribute family."""
