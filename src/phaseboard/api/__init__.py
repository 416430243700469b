"""The GraphQL API: the guide's status as a typed query, a mutation for each action, live subscriptions."""
