"""A prompt taken apart, put together again, and edited."""
