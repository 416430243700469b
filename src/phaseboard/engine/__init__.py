"""What makes releases move: use cases, the cron loop, the task runner and its executors."""
