"""Two of anything beside each other: two locations, two periods, two sources, two physicians, …"""
