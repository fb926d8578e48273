"""How good a flight's recording is: a score from 0 to 100 and what it is made of."""
