"""Figures across organizations, for those who run the installation.

No query ever sees two organizations. Each one's figures are made in a transaction bound to it and
laid down in a shared row of its own; the platform reads these rows, and no organization's tables.
"""
