"""How long what is kept: by data class, cleaned on schedule, but for what is under legal hold."""
