"""What all tables share: cells, headers, columns, positions, and the rows set aside."""
