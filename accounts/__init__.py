"""People: who they are, which organizations they belong to, and what each role may do."""
