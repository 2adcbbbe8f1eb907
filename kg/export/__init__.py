"""Parts of a graph, or all of it, for people and other programs."""
