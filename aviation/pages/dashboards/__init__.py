"""The fleet's figures as cards, charts and tables: what ``analytics`` answers, put into words."""
