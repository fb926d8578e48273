"""The figures as they leave the product: tables, CSV, PDF and mail. All say the same numbers."""
