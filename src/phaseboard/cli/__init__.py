"""The command `phaseboard`: the server's commands, and a client of the GraphQL API."""
