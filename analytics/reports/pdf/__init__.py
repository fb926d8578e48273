"""Reports as PDF: A4, embedded typeface, charts as vectors, the same bytes for the same input."""
