"""What is shown: charts, tables, numbers and words."""
