"""The Starlette application: everything that is reached over HTTP."""
