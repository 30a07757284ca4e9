"""Maps of sentence vectors: few coordinates for many, and what the vectors are worth."""
