"""The web pages of an organization: thin views over everything below. No models, no writes."""
