"""Plans: what they say, what is wrong with them and where."""
