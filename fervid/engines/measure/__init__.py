"""How fast engines are, and how far their answers are from each other's."""
