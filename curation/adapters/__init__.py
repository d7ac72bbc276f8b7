"""One third-party library each; its types and exceptions stop here."""
