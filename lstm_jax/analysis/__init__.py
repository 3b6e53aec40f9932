"""What can be seen in a network without training it: how far errors flow back, what its cells do in a sequence."""
