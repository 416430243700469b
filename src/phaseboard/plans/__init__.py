"""Plans as people write them: checked as a whole, each mistake told with its place."""
