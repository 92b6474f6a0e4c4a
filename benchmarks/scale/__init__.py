"""How many series a second one and two workers forecast, and whether one of them may die."""
