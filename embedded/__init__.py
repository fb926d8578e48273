"""The product's own private PostgreSQL and Redis, and what runs beside them on one machine."""
