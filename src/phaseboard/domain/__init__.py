"""The contract as code: pure, standard library only."""
