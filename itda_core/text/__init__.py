"""Text from anywhere, as prompts with stable ids."""
