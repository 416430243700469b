"""Tests of the GraphQL API, over the transports that clients use."""
