"""What does a newcomer practise on? A firm with invented companies, whose certificates stand at every stage."""
