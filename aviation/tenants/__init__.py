"""Organizations, and the two locks that keep them apart: the schema and row level security."""
