"""Speed, each figure a ratio against a stated rival in the same run."""
