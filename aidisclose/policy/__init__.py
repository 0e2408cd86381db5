"""Rules on AI disclosure: what each looks at, what it found, and by which text in force when."""
