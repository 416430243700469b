"""`phaseboard schema`: the API in the schema definition language."""

import typer

from phaseboard.api.schema import sdl


def schema() -> None:
    """Print the GraphQL schema that the server serves."""
    typer.echo(sdl(), nl=False)
