"""The database backend that binds each transaction to one organization."""
