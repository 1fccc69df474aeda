bumps = {}
