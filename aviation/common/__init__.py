"""What every app may use: errors, REST plumbing, logging, middleware. No models."""
