"""A graph on disk: its tables, its versions, and how they are made."""
