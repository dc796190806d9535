"""Text, HTML and addresses as the web has them, made fit to store, compare and publish."""
