"""Reports: workbooks and documents."""
