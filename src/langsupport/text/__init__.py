"""What text is made of: its language, sentences, protected entities, and the codes in it."""
