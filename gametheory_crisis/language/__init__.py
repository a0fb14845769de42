"""What a model file may say: expressions, the file format with its located errors, the graph."""
