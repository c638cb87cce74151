"""What is kept on this computer for next time: `datasets` holds the doors."""
