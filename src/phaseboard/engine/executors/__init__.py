"""Executors: what runs a task. The port is in `port`; built-in ones stand beside it, others come as plug-ins."""
