"""The playground, as it is built and served."""
