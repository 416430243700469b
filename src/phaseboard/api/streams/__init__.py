"""Streams: operations over graphql-transport-ws and Server-Sent Events, shared by all who ask for the same."""
