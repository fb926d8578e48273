"""What the API is asked about figures and how it answers; the views are in analytics/api.py."""
