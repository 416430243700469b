"""Operations compiled once and run often: what graphql-core would answer, for a fraction of the time."""
