"""Tests of compiled operations: against graphql-core, which is always right."""
