"""Licences: SPDX expressions, and names of one's own for what SPDX does not list."""

import re

from license_expression import ExpressionError, get_spdx_licensing

from curation.errors import nearest


def licence_finding(licence: str) -> str | None:
    """Return what is wrong with a licence, or None for an SPDX expression (with LicenseRef-NAME, if need be)."""
    licensing = get_spdx_licensing()
    try:
        names = licensing.license_keys(licensing.parse(licence))
    except ExpressionError as error:
        return f"{licence!r} is no SPDX expression: {error}"
    for name in names:
        if name not in licensing.known_symbols and not re.fullmatch(r"LicenseRef-[A-Za-z0-9.-]+", name):
            return (
                f"{licence!r}: {name!r} is no SPDX licence{nearest(name, licensing.known_symbols)}; "
                "for one that SPDX does not list write LicenseRef-NAME"
            )
    return None
