"""Access: who calls, what they may do, and until when."""
