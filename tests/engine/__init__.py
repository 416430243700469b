"""Tests of the engine: the loop, the runner, the use cases."""
