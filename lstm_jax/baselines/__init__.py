"""What the paper compares LSTM with and what is no gradient method of an ordinary net: weight guessing."""
