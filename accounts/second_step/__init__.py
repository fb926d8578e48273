"""The second step of signing in: authenticator app and recovery codes."""
